//! The coordinates of places, read from a table with the columns name, lat and lon in any order.

use std::collections::BTreeMap;

use crate::domain::{Fault, Place, Position};

/// Places by name, as [`plain`] writes names, and what could not be read; an error when there is no such table.
pub(super) fn read(text: &str) -> Result<(BTreeMap<String, Position>, Vec<Fault>), Fault> {
    let mut lines = (1_u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let (line, head) = lines.next().unwrap_or((1, ""));
    let names: Vec<String> = head.split(',').map(|name| name.trim().to_lowercase()).collect();
    let column = |wanted: &str| {
        names.iter().position(|name| name == wanted).ok_or_else(|| {
            let what = format!("the table has no column `{wanted}`");
            Fault::fatal(Place::line(line), what).hint("its first line should be `name,lat,lon`")
        })
    };
    let (name, lat, lon) = (column("name")?, column("lat")?, column("lon")?);
    let (mut places, mut faults) = (BTreeMap::new(), Vec::new());
    for (line, row) in lines {
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<f64>().ok());
        let position = number(lat).zip(number(lon)).map(|(lat, lon)| Position::lat_lon(lat, lon));
        match (cells.get(name).filter(|name| !name.is_empty()), position) {
            (Some(name), Some(Ok(position))) => _ = places.insert(plain(name), position),
            (_, Some(Err(error))) => faults.push(Fault::minor(Place::line(line), error.to_string())),
            _ => faults.push(Fault::minor(Place::line(line), "this line has no name with a latitude and a longitude")),
        }
    }
    Ok((places, faults))
}

/// A name in capitals with single blanks, as the texts print it.
pub(super) fn plain(name: &str) -> String {
    name.split_whitespace().map(str::to_uppercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_table_in_any_order() {
        let (places, faults) = read("# NHC\nlat,name,lon\n25.8,Miami  fl,-80.3\n\n95,X,1\nhere\n").expect("a table");
        assert_eq!(places.get("MIAMI FL").map(|place| (place.lat(), place.lon())), Some((25.8, -80.3)));
        let lines: Vec<Option<u32>> = faults.iter().map(|fault| fault.place.line).collect();
        assert_eq!((places.len(), lines), (1, vec![Some(5), Some(6)]));
        assert!(read("place,lat,lon\n").is_err() && read("").is_err());
    }

    #[test]
    fn the_shipped_places_read() {
        let (places, faults) = read(include_str!("../../../data/places/nhc.csv")).expect("a table");
        assert!(faults.is_empty() && places.len() > 200, "{faults:?}");
    }
}
