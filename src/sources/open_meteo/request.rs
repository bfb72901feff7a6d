//! What to ask of Open-Meteo for a list of points: few addresses, each for many.

use std::collections::HashSet;

use crate::domain::Position;

/// Points that one address asks for. The API takes more; so the answer stays below a megabyte, and what fails is small.
const POINTS_MAX: usize = 50;
/// How long an address may become: what every server and proxy takes (RFC 9110 section 4.1 recommends 8000).
const ADDRESS_MAX: usize = 4_000;

/// Addresses that ask for the hourly wind, gusts, direction and rain at these points, or for the height of waves when
/// `base` is a marine one. Points are rounded to a hundredth of a degree (about a kilometre, finer than any model's
/// grid) and asked for once. What `base` asks for in its own query stands: a key, a model, other variables.
///
/// ```
/// use seawall::domain::Position;
/// use seawall::sources::open_meteo::addresses;
/// let taizhou = Position::lat_lon(28.6561, 121.4208).unwrap();
/// assert_eq!(addresses("https://api.open-meteo.com/v1/forecast", &[taizhou]), [
///     "https://api.open-meteo.com/v1/forecast?latitude=28.66&longitude=121.42\
///      &hourly=wind_speed_10m,wind_gusts_10m,wind_direction_10m,precipitation\
///      &wind_speed_unit=kn&precipitation_unit=mm&timezone=UTC"
/// ]);
/// ```
#[must_use]
pub fn addresses(base: &str, points: &[Position]) -> Vec<String> {
    let base = base.trim_end_matches(['?', '&']);
    let (path, query) = base.split_once('?').unwrap_or((base, ""));
    let joint = if query.is_empty() { '?' } else { '&' };
    let rest = rest(path, query);
    let mut seen = HashSet::new();
    let places = points.iter().map(|point| (rounded(point.lat()), rounded(point.lon())));
    let places: Vec<(String, String)> = places.filter(|place| seen.insert(place.clone())).collect();
    let fixed = base.len() + rest.len() + "?latitude=&longitude=".len();
    let mut batches: Vec<Vec<&(String, String)>> = Vec::new();
    let mut length = 0;
    for place in &places {
        let its = place.0.len() + place.1.len() + 2;
        let open = batches.last_mut().filter(|batch| batch.len() < POINTS_MAX && length + its <= ADDRESS_MAX);
        if let Some(batch) = open {
            batch.push(place);
            length += its;
        } else {
            batches.push(vec![place]);
            length = fixed + its;
        }
    }
    let address = |batch: Vec<&(String, String)>| {
        let latitudes: Vec<&str> = batch.iter().map(|place| place.0.as_str()).collect();
        let longitudes: Vec<&str> = batch.iter().map(|place| place.1.as_str()).collect();
        format!("{base}{joint}latitude={}&longitude={}{rest}", latitudes.join(","), longitudes.join(","))
    };
    batches.into_iter().map(address).collect()
}

/// The rest of the query: what `query` does not ask for itself.
fn rest(path: &str, query: &str) -> String {
    let asked: HashSet<&str> = query.split('&').filter_map(|part| part.split('=').next()).collect();
    let wanted: &[(&str, &str)] = if path.contains("marine") {
        &[("hourly", "wave_height"), ("length_unit", "metric"), ("timezone", "UTC")]
    } else {
        &[
            ("hourly", "wind_speed_10m,wind_gusts_10m,wind_direction_10m,precipitation"),
            ("wind_speed_unit", "kn"),
            ("precipitation_unit", "mm"),
            ("timezone", "UTC"),
        ]
    };
    let wanted = wanted.iter().filter(|(name, _)| !asked.contains(name));
    wanted.flat_map(|(name, value)| ["&", name, "=", value]).collect()
}

/// Degrees to a hundredth, without a minus before nothing.
fn rounded(degrees: f64) -> String {
    let text = format!("{degrees:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORECAST: &str = "https://api.open-meteo.com/v1/forecast";

    fn points(count: usize) -> Vec<Position> {
        (0..count).map(|at| Position::lat_lon(-89.0 + at as f64 * 0.1, -179.0 + at as f64 * 0.1).unwrap()).collect()
    }

    #[test]
    fn no_points_ask_for_nothing() {
        assert!(addresses(FORECAST, &[]).is_empty());
    }

    #[test]
    fn points_of_one_place_are_asked_for_once() {
        let near = [(28.661, 121.419), (28.659, 121.421), (-0.001, 0.001), (0.0, -0.0)];
        let near: Vec<_> = near.iter().map(|(lat, lon)| Position::lat_lon(*lat, *lon).unwrap()).collect();
        let [address] = addresses(FORECAST, &near).try_into().unwrap();
        assert!(
            address.starts_with(&format!("{FORECAST}?latitude=28.66,0.00&longitude=121.42,0.00&hourly=")),
            "{address}"
        );
    }

    #[test]
    fn many_points_are_few_addresses_of_bounded_length() {
        let all = addresses(FORECAST, &points(120));
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|address| address.len() < ADDRESS_MAX));
        let asked: usize = all.iter().map(|address| address.split('&').next().unwrap().matches(',').count() + 1).sum();
        assert_eq!(asked, 120);
        let long = format!("{FORECAST}?apikey={}", "k".repeat(3_700));
        let all = addresses(&long, &points(10));
        assert!(all.len() > 1 && all.iter().all(|address| address.len() <= ADDRESS_MAX), "{}", all.len());
    }

    #[test]
    fn the_base_may_ask_for_itself() {
        let base = "https://customer-api.open-meteo.com/v1/forecast?apikey=x&hourly=wind_gusts_10m&models=icon_global&";
        let [address] = addresses(base, &points(1)).try_into().unwrap();
        assert!(
            address
                .starts_with("https://customer-api.open-meteo.com/v1/forecast?apikey=x&hourly=wind_gusts_10m&models=")
        );
        assert_eq!(address.matches("hourly=").count(), 1);
    }

    #[test]
    fn the_sea_has_its_own() {
        let [address] = addresses("https://marine-api.open-meteo.com/v1/marine", &points(1)).try_into().unwrap();
        assert!(address.ends_with("&hourly=wave_height&length_unit=metric&timezone=UTC"), "{address}");
    }
}
