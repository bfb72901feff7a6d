//! How far official track forecasts have missed, by agency, basin and period. Read from `rules/errors/track.toml`.

/// The statistics known to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrackErrors {
    /// One row an agency, basin and period, in the file's order.
    pub rows: Vec<TrackErrorRow>,
}

/// The mean distance between forecast and true position of one agency in one basin and period.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackErrorRow {
    /// The agency in small letters: `jtwc`; `any` for a mean over agencies.
    pub agency: String,
    /// The basin as ATCF names it in small letters: `wp`, `al`, `ep`, `io`, `sh`.
    pub basin: String,
    /// The first season counted.
    pub from_year: i16,
    /// The last season counted.
    pub to_year: i16,
    /// Forecast hour (tau, h) and mean error (km), in order of tau; never empty.
    pub mean_error_km: Vec<(f64, f64)>,
    /// Forecast hour (tau, h) and mean error of the maximum wind (kt), in order of tau; empty where not known.
    pub mean_wind_error_kt: Vec<(f64, f64)>,
}

impl TrackErrors {
    /// The row to use: of this agency and basin the period nearest to `year`; else any agency's for the
    /// basin; else any for `wp` (the basin with the most storms; its errors are among the widest).
    ///
    /// Two periods equally near: the one that stands first in the file.
    #[must_use]
    pub fn row(&self, agency: &str, basin: &str, year: i16) -> Option<&TrackErrorRow> {
        let nearest = |wanted: &dyn Fn(&TrackErrorRow) -> bool| {
            self.rows.iter().filter(|row| wanted(row)).min_by_key(|row| row.years_from(year))
        };
        nearest(&|row| row.agency.eq_ignore_ascii_case(agency) && row.basin.eq_ignore_ascii_case(basin))
            .or_else(|| nearest(&|row| row.basin.eq_ignore_ascii_case(basin)))
            .or_else(|| nearest(&|row| row.basin == "wp"))
    }
}

/// The mean errors of the maximum wind that hold where an agency's are not known: NHC's in the Atlantic, 2016-20, as
/// remembered from its verification report of 2020, not checked against it; the analysis's is a guess.
const WIND_ERROR_KT: [(f64, f64); 8] =
    [(0.0, 2.0), (12.0, 5.2), (24.0, 7.7), (36.0, 9.2), (48.0, 10.5), (72.0, 12.6), (96.0, 14.0), (120.0, 14.8)];

impl TrackErrorRow {
    /// The mean distance at a lead, straight between the rows of the table, the last held beyond it.
    ///
    /// ```
    /// # use seawall::domain::TrackErrorRow;
    /// let row = TrackErrorRow {
    ///     agency: "any".into(), basin: "wp".into(), from_year: 2014, to_year: 2018,
    ///     mean_error_km: vec![(0.0, 44.4), (12.0, 63.0), (24.0, 85.2)], mean_wind_error_kt: vec![],
    /// };
    /// assert_eq!(row.track_error_km(18.0), 74.1);
    /// assert_eq!(row.track_error_km(99.0), 85.2);
    /// ```
    #[must_use]
    pub fn track_error_km(&self, lead_h: f64) -> f64 {
        at_lead(&self.mean_error_km, lead_h)
    }

    /// The mean error of the maximum wind at a lead, likewise.
    #[must_use]
    pub fn wind_error_kt(&self, lead_h: f64) -> f64 {
        at_lead(if self.mean_wind_error_kt.is_empty() { &WIND_ERROR_KT } else { &self.mean_wind_error_kt }, lead_h)
    }

    /// Years between `year` and the period; 0 within it.
    fn years_from(&self, year: i16) -> i32 {
        let (year, from, to) = (i32::from(year), i32::from(self.from_year), i32::from(self.to_year));
        (from - year).max(year - to).max(0)
    }
}

fn at_lead(table: &[(f64, f64)], lead_h: f64) -> f64 {
    let after = table.partition_point(|(tau, _)| *tau <= lead_h);
    match (after.checked_sub(1).and_then(|i| table.get(i)), table.get(after)) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (lead_h - a.0) / (b.0 - a.0),
        (Some(end), None) | (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(agency: &str, basin: &str, from_year: i16, to_year: i16) -> TrackErrorRow {
        let (agency, basin) = (agency.to_owned(), basin.to_owned());
        TrackErrorRow {
            agency,
            basin,
            from_year,
            to_year,
            mean_error_km: vec![(24.0, 100.0)],
            mean_wind_error_kt: Vec::new(),
        }
    }

    fn check(agency: &str, basin: &str, year: i16, want: (&str, &str, i16)) {
        let errors = TrackErrors {
            rows: vec![row("any", "wp", 2014, 2018), row("jtwc", "wp", 1978, 1993), row("any", "al", 2015, 2019)],
        };
        let got = errors.row(agency, basin, year).map(|r| (r.agency.as_str(), r.basin.as_str(), r.from_year));
        assert_eq!(got, Some(want), "{agency} {basin} {year}");
    }

    #[test]
    fn the_nearest_row_is_chosen() {
        check("jtwc", "wp", 2004, ("jtwc", "wp", 1978));
        check("JTWC", "WP", 2020, ("jtwc", "wp", 1978));
        check("jma", "wp", 2004, ("any", "wp", 2014));
        check("jma", "wp", 1990, ("jtwc", "wp", 1978));
        check("nhc", "al", 2024, ("any", "al", 2015));
        check("nhc", "cp", 2024, ("any", "wp", 2014));
        assert_eq!(TrackErrors::default().row("jtwc", "wp", 2004), None);
    }
}
