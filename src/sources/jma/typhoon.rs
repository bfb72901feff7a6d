//! VPTW40 to VPTW62: JMA's analysis of a storm and its forecast.
//!
//! Each `MeteorologicalInfo` is one time: 実況 (the analysis), 推定 (an estimate for an hour later) and 予報 or
//! 延長予報 (forecasts, up to 120 hours). Positions are ISO 6709, in degrees or in degrees and minutes.
//!
//! The hourly telegrams between the three-hourly ones have no forecast. They are read as an analysis (`BEST`), so that
//! they do not take the place of the forecast that still holds.

use std::borrow::Cow;

use roxmltree::Node;

use super::names::{FORECAST_FROM_H, international_number, key_of, texts};
use super::reach::{Axis, GALE_KT, STORM_KT, direction, quadrants, radius_km};
use super::telegram::{Head, child, children, text};
use crate::domain::{Averaging, Bulletin, Fix, Hazard, MsgType, Position, Technique, Timestamp, WindRadii};
use crate::sources::formats::cyclone::{Cyclone, knots_of_ms, sound_pressure, sound_wind};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::real_name;
use crate::sources::formats::{dates, xml};

/// The storm of a telegram; of one that takes another back, the storm's key alone.
pub(super) fn read(body: Node<'_, '_>, head: &Head<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let infos: Vec<_> =
        children(body, "MeteorologicalInfos").flat_map(|infos| children(infos, "MeteorologicalInfo")).collect();
    let now = infos.iter().copied().find(is_analysis);
    let name = now.and_then(|info| part(info, "TyphoonNamePart"));
    let number = name.and_then(|name| text(name, "Number")).as_deref().and_then(international_number);
    let key = head.event_id.as_deref().and_then(key_of);
    let Some(key) = key.or_else(|| number.as_ref().map(|number| format!("jma:T{number}"))) else {
        xml::fatal(log, body, "EventID", "the telegram does not say which storm it is about");
        return Vec::new();
    };
    let base = now.or(infos.first().copied()).and_then(time_of);
    let mut storm = Cyclone::new("jma", "jma", key, "JMA", Technique::Official, Averaging::TenMinutes);
    storm.issued = head.issued.or(base);
    (storm.status, storm.msg) = (head.status, head.msg);
    storm.aliases.extend(number.map(|number| format!("number:{number}")));
    storm.name = name.and_then(|name| text(name, "Name")).as_deref().and_then(real_name);
    storm.names.extend(name.and_then(|name| text(name, "NameKana")).map(Cow::into_owned));
    for info in &infos {
        storm.fixes.extend(base.and_then(|base| read_fix(*info, base, log)));
    }
    if storm.fixes.is_empty() && head.msg != MsgType::Cancel {
        xml::fatal(log, body, "MeteorologicalInfo", "the telegram does not say where the storm is");
        return Vec::new();
    }
    let remark = name.and_then(|name| text(name, "Remark"));
    // 台風消滅（…）: it is no typhoon any more; or a depression will not become one.
    storm.is_last =
        remark.as_deref().is_some_and(|remark| remark.contains("消滅") || remark.contains("可能性が小さく"));
    let has_forecast = storm.fixes.iter().any(|fix| fix.tau_h >= FORECAST_FROM_H);
    if !has_forecast && !storm.is_last && head.msg != MsgType::Cancel {
        (storm.technique, storm.standing) = (String::from("BEST"), Technique::Analysis);
    }
    let class = now.and_then(|info| part(info, "ClassPart")).and_then(|class| text(class, "TyphoonClass"));
    let (words, letters) = class.as_deref().map_or((None, None), class_words);
    let place = now.and_then(|info| part(info, "CenterPart")).and_then(|centre| text(centre, "Location"));
    storm.texts = texts(words, letters, remark.as_deref(), place.as_deref());
    vec![storm.into_hazard(bulletin)]
}

fn is_analysis(info: &Node<'_, '_>) -> bool {
    child(*info, "DateTime").and_then(|time| time.attribute("type")).is_some_and(|kind| kind.starts_with("実況"))
}

fn time_of(info: Node<'_, '_>) -> Option<Timestamp> {
    text(info, "DateTime").as_deref().and_then(dates::rfc_3339).map(dates::When::instant)
}

/// The first element of this name in the properties of a time's kinds.
fn part<'a, 'i>(info: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    properties(info).find_map(|property| child(property, name))
}

fn properties<'a, 'i>(info: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let kinds = children(info, "Item").flat_map(|item| children(item, "Kind"));
    kinds.flat_map(|kind| children(kind, "Property"))
}

/// `台風(STS)` is both the word and the letters.
fn class_words(class: &str) -> (Option<&str>, Option<&str>) {
    match class.split_once('(') {
        Some((word, letters)) => (Some(word), Some(letters.trim_end_matches(')'))),
        None => (Some(class), None),
    }
}

fn read_fix(info: Node<'_, '_>, base: Timestamp, log: &mut FaultLog) -> Option<Fix> {
    let Some(time) = time_of(info) else {
        xml::minor(log, info, "DateTime", "a time of the telegram cannot be read; it is left out");
        return None;
    };
    let centre = part(info, "CenterPart");
    let circle = centre.and_then(|centre| child(centre, "ProbabilityCircle"));
    let points = circle.into_iter().flat_map(|circle| children(circle, "BasePoint"));
    let points = points.chain(centre.into_iter().flat_map(|centre| children(centre, "Coordinate")));
    let Some(position) = points.filter_map(xml::text_of).find_map(|point| iso_6709(&point)) else {
        xml::minor(log, info, "Coordinate", "a time of the telegram has no position; it is left out");
        return None;
    };
    let pressure = centre.and_then(|centre| number(child(centre, "Pressure")?));
    let circle_km = circle.and_then(|circle| axes(circle, 0.0).iter().map(|axis| axis.km).reduce(f64::max));
    let tau_h = i32::try_from(time.duration_since(base).as_mins().div_euclid(60)).unwrap_or(i32::MAX);
    Some(Fix {
        vmax_kt: wind(info, "最大風速"),
        gust_kt: wind(info, "最大瞬間風速"),
        pmin_hpa: pressure.and_then(sound_pressure),
        circle_km,
        radii: radii(info, circle_km.unwrap_or_default()),
        ..Fix::at(time, tau_h, position)
    })
}

/// `+23.4+128.3/` in degrees, `+2325+12820/` in degrees and minutes.
fn iso_6709(text: &str) -> Option<Position> {
    let text = text.trim().trim_end_matches('/');
    let (sign, rest) = (text.get(..1)?, text.get(1..)?);
    let split = rest.find(['+', '-'])?;
    let (lat, lon) = (rest.get(..split)?, rest.get(split..)?);
    let (lon_sign, lon) = (lon.get(..1)?, lon.get(1..)?.split(['+', '-']).next()?);
    let signed = |sign: &str, degrees: f64| if sign == "-" { -degrees } else { degrees };
    Position::lat_lon(signed(sign, degrees(lat, 2)?), signed(lon_sign, degrees(lon, 3)?)).ok()
}

/// Degrees of so many whole digits; two more digits are minutes.
fn degrees(text: &str, whole_digits: usize) -> Option<f64> {
    let whole = text.split('.').next()?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    if whole.len() < whole_digits + 2 {
        return text.parse().ok();
    }
    let minutes: f64 = text.get(whole_digits..)?.parse().ok().filter(|minutes| *minutes < 60.0)?;
    Some(text.get(..whole_digits)?.parse::<f64>().ok()? + minutes / 60.0)
}

fn number(node: Node<'_, '_>) -> Option<f64> {
    xml::text_of(node)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The wind of this type, in knots.
fn wind(info: Node<'_, '_>, kind: &str) -> Option<f64> {
    let part = part(info, "WindPart")?;
    let of = |unit: &str| {
        let is_it =
            |speed: &Node<'_, '_>| speed.attribute("type") == Some(kind) && speed.attribute("unit") == Some(unit);
        children(part, "WindSpeed").find(is_it).and_then(number)
    };
    of("ノット").or_else(|| of("m/s").map(knots_of_ms)).and_then(sound_wind)
}

/// The areas of gale and storm; a storm warning area holds the circle of the forecast too.
fn radii(info: Node<'_, '_>, circle_km: f64) -> Vec<WindRadii> {
    let areas = properties(info).flat_map(|property| children(property, "WarningAreaPart"));
    let radii = areas.filter_map(|area| {
        let (kt, lessened_km) = match area.attribute("type")? {
            "強風域" => (GALE_KT, 0.0),
            "暴風域" => (STORM_KT, 0.0),
            "暴風警戒域" => (STORM_KT, circle_km),
            _ => return None,
        };
        quadrants(kt, &axes(child(area, "Circle")?, lessened_km))
    });
    radii.collect()
}

fn axes(circle: Node<'_, '_>, lessened_km: f64) -> Vec<Axis> {
    let axes = children(circle, "Axes").flat_map(|axes| children(axes, "Axis"));
    let axes = axes.filter_map(|axis| {
        let in_unit = |unit: &str| {
            children(axis, "Radius").find(|radius| radius.attribute("unit") == Some(unit)).and_then(number)
        };
        let km = radius_km(in_unit("海里"), in_unit("km"))? - lessened_km;
        let toward = child(axis, "Direction");
        let word = toward.and_then(xml::text_of).or_else(|| Some(toward?.attribute("condition")?.into()))?;
        (0.0..=2_800.0).contains(&km).then_some(Axis { toward: direction(&word)?, km }).filter(|axis| axis.km > 0.0)
    });
    axes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(f64, f64)>) {
        let found = iso_6709(text).map(|position| (position.lat(), position.lon()));
        match (found, expected) {
            (Some(found), Some(expected)) => {
                assert!(
                    (found.0 - expected.0).abs() < 1e-9 && (found.1 - expected.1).abs() < 1e-9,
                    "{text}: {found:?}"
                );
            }
            _ => assert_eq!(found, expected, "{text}"),
        }
    }

    #[test]
    fn positions() {
        check("+17.8+143.0/", Some((17.8, 143.0)));
        check("+1750+14300/", Some((17.0 + 50.0 / 60.0, 143.0)));
        check("-05.5-179.9/", Some((-5.5, -179.9)));
        check("+27.1+181.2/", Some((27.1, -178.8)));
        check("+35.5+135.0+10/", Some((35.5, 135.0)));
        for none in ["", "+", "+17.8", "+1778+14300/", "+17.8+x/", "北緯", "+-/"] {
            check(none, None);
        }
    }

    #[test]
    fn classes() {
        assert_eq!(class_words("台風(STS)"), (Some("台風"), Some("STS")));
        assert_eq!(class_words("台風"), (Some("台風"), None));
    }
}
