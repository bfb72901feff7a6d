//! Which basin a storm belongs to.

use crate::domain::Position;

/// A storm's basin, as ATCF names it (`wp`, `al`): of its number, else of where it is.
pub fn basin(event: &str, at: Position) -> &'static str {
    const BASINS: [&str; 6] = ["wp", "al", "ep", "cp", "io", "sh"];
    let of_number = event.get(..2).filter(|_| !event.contains(':'));
    if let Some(known) = of_number.and_then(|basin| BASINS.into_iter().find(|known| *known == basin)) {
        return known;
    }
    match (at.lat(), at.lon()) {
        (lat, _) if lat < 0.0 => "sh",
        (_, lon) if lon >= 100.0 => "wp",
        (_, lon) if lon >= 30.0 => "io",
        (_, lon) if lon < -140.0 => "cp",
        // Central America lies between them; the Gulf of Mexico and the Caribbean belong to the Atlantic.
        (lat, lon) if lon < -100.0 || (lon < -77.0 && lat < 8.5 + (-77.0 - lon) * 0.45) => "ep",
        _ => "al",
    }
}
