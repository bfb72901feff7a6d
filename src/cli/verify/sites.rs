//! The places of a table with the columns id (or name), lat and lon in any order, as the portfolio's `sites.csv`.

use crate::domain::{Fault, Place, Position};

/// The positions in the table's order, and what could not be read; an error when there is no such table.
pub(super) fn read(text: &[u8]) -> Result<(Vec<Position>, Vec<Fault>), Fault> {
    // A last line without its end would count as the line before.
    let text = [text, b"\n"].concat();
    let mut reader = csv::ReaderBuilder::new();
    let mut table = reader.comment(Some(b'#')).flexible(true).trim(csv::Trim::All).from_reader(text.as_slice());
    let hint = "its first line should be `id,lat,lon`";
    let head = table.headers().cloned().unwrap_or_default();
    let column =
        |wanted: &str| head.iter().position(|name| name.trim_start_matches('\u{FEFF}').eq_ignore_ascii_case(wanted));
    let missing = |wanted: &str| Fault::fatal(Place::line(1), format!("the table has no column `{wanted}`")).hint(hint);
    column("id").or_else(|| column("name")).ok_or_else(|| missing("id"))?;
    let (lat, lon) = (column("lat").ok_or_else(|| missing("lat"))?, column("lon").ok_or_else(|| missing("lon"))?);
    let (mut sites, mut faults, mut row) = (Vec::new(), Vec::new(), csv::StringRecord::new());
    loop {
        let is_row = table.read_record(&mut row);
        // The reader stands at the next line; a row's own position counts from the remarks before it.
        let place = Place::line(u32::try_from(table.position().line().saturating_sub(1)).unwrap_or(u32::MAX));
        match is_row {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                faults.push(Fault::minor(place, format!("this line cannot be read: {error}")));
                continue;
            }
        }
        let number = |at: usize| row.get(at).and_then(|cell| cell.parse::<f64>().ok());
        match number(lat).zip(number(lon)).map(|(lat, lon)| Position::lat_lon(lat, lon)) {
            Some(Ok(position)) => sites.push(position),
            Some(Err(error)) => faults.push(Fault::minor(place, error.to_string())),
            None => faults.push(Fault::minor(place, "this line has no latitude and longitude")),
        }
    }
    if sites.is_empty() {
        return Err(Fault::fatal(Place::line(1), "the table has no place").hint(hint));
    }
    Ok((sites, faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_portfolios_sites() {
        let text =
            "\u{FEFF}id,dealer,name,lat,lon\nTZ-01,D,\"A, in Jiaojiang\",28.66,121.45\n# none\nX,D,B,95,1\nY,D,C,,\n";
        let (sites, faults) = read(text.as_bytes()).expect("a table");
        assert_eq!(sites.iter().map(|site| (site.lat(), site.lon())).collect::<Vec<_>>(), [(28.66, 121.45)]);
        assert_eq!(faults.iter().map(|fault| fault.place.line).collect::<Vec<_>>(), [Some(4), Some(5)]);
    }

    #[test]
    fn a_table_without_its_columns_or_places_is_none() {
        for text in ["", "id,lat\nA,1\n", "lat,lon\n1,2\n", "id,lat,lon\n"] {
            assert!(read(text.as_bytes()).is_err_and(|fault| fault.hint.is_some()), "{text}");
        }
    }
}
