//! Small tables: runs, names, units.

use super::*;
use crate::domain::FeedId;

fn document(data: &str) -> String {
    format!(
        "<cxml><header><productionCenter>ECMWF</productionCenter><baseTime>2014-09-05T12:00:00Z</baseTime>\
         <creationTime>2014-09-05T23:55:57Z</creationTime></header>{data}</cxml>"
    )
}

fn fix(inner: &str) -> String {
    format!(
        "<fix hour='6'><validTime>2014-09-05T18:00:00Z</validTime><latitude units='deg N'>23.4</latitude>\
         <longitude units='deg W'>112.1</longitude><cycloneData>{inner}</cycloneData></fix>"
    )
}

fn disturbance(names: &str) -> String {
    format!("<disturbance ID='2014090512_229N_1118W'>{names}{}</disturbance>", fix(""))
}

fn parsed(text: &str) -> Parsed {
    let (feed, body) = (FeedId::new("test"), text.as_bytes().to_vec());
    Cxml.parse(&Bulletin::new(feed, "", "test", Timestamp::UNIX_EPOCH, body))
}

fn hazard(data: &str) -> Hazard {
    let parsed = parsed(&document(data));
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    parsed.hazards.into_iter().next().unwrap()
}

#[track_caller]
fn check_run(attributes: &str, technique: &str, standing: Technique) {
    let names = "<cycloneNumber>14</cycloneNumber><basin>Northeast Pacific</basin>";
    let hazard = hazard(&format!("<data {attributes}>{}</data>", disturbance(names)));
    let track = hazard.track.unwrap();
    assert_eq!((track.technique.as_str(), track.standing), (technique, standing));
}

#[test]
fn runs_and_their_standings() {
    check_run("origin='ecmf' type='analysis'", "ECMF-ANALYSIS", Technique::Analysis);
    check_run("origin='ecmf' type='forecast'", "ECMF", Technique::Guidance);
    check_run("origin='ecmf' type='ensembleForecast' member='0' perturb='control'", "ECMF00", Technique::Guidance);
    check_run("origin='ecmf' type='ensembleForecast' member='7' perturb='positive'", "ECMF07", Technique::Member);
    check_run("origin='kwbc' type='ensembleForecast' member='p12'", "KWBCP12", Technique::Member);
    check_run("type='ensembleForecast' member='50'", "ECMWF50", Technique::Member);
}

#[track_caller]
fn check_names(names: &str, key: &str, aliases: &[&str], name: Option<&str>) {
    let hazard = hazard(&format!("<data origin='ecmf' type='forecast'>{}</data>", disturbance(names)));
    assert_eq!((hazard.event.as_str(), hazard.name.as_deref()), (key, name), "{names}");
    assert_eq!(hazard.aliases, aliases);
}

#[test]
fn keys_by_number_and_basin() {
    let named = |name: &str, number: &str, basin: &str| {
        format!("<cycloneName>{name}</cycloneName><cycloneNumber>{number}</cycloneNumber><basin>{basin}</basin>")
    };
    let own = "ecmwf:2014090512_229N_1118W";
    check_names(&named("Norbert", "14", "Northeast Pacific"), "ep142014", &[own], Some("NORBERT"));
    check_names(&named("Invest", "90E", "EP"), "ep902014", &[own], None);
    check_names(&named("Hagibis", "1407", "Northwest Pacific"), own, &["number:201407"], Some("HAGIBIS"));
    check_names(&named("", "70", "Northeast Pacific"), own, &[], None);
    check_names(&named("Norbert", "14", "Sea of Storms"), own, &[], Some("NORBERT"));
    check_names("", own, &[], None);
}

#[track_caller]
fn check_data(inner: &str, vmax: Option<f64>, pmin: Option<f64>, rmw: Option<f64>) {
    let data = format!("<data origin='ecmf' type='forecast'><disturbance ID='x'>{}</disturbance></data>", fix(inner));
    let fix = hazard(&data).track.unwrap().fixes.remove(0);
    assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.rmw_km), (vmax, pmin, rmw), "{inner}");
}

#[test]
fn units_are_heeded() {
    let wind = |units: &str, speed: &str| format!("<maximumWind><speed units='{units}'>{speed}</speed></maximumWind>");
    check_data(&wind("m/s", "31.9"), Some(62.0), None, None);
    check_data(&wind("kt", "62"), Some(62.0), None, None);
    check_data(&wind("km/h", "115"), Some(62.1), None, None);
    for unknown in [wind("furlongs", "31.9"), wind("m/s", "-999"), wind("m/s", "NaN"), wind("m/s", "")] {
        check_data(&unknown, None, None, None);
    }
    let pressure = |units: &str, pressure: &str| {
        format!("<minimumPressure><pressure units='{units}'>{pressure}</pressure></minimumPressure>")
    };
    check_data(&pressure("hPa", "980"), None, Some(980.0), None);
    check_data(&pressure("Pa", "98000"), None, Some(980.0), None);
    check_data("<maximumWind><radius units='nm'>20</radius></maximumWind>", None, None, Some(37.0));
}

#[test]
fn radii_by_sector() {
    let radius = |sector: &str, km: u32| format!("<radius sector='{sector}' units='km'>{km}</radius>");
    let quadrants = [radius("NEQ", 200), radius("SEQ", 180), radius("SWQ", 0), radius("NWQ", 150)].concat();
    let contours = format!(
        "<windContours><windSpeed units='kt'>34{quadrants}</windSpeed><windSpeed units='m/s'>25.7{}</windSpeed>\
         </windContours>",
        radius("AAA", 60)
    );
    let data =
        format!("<data origin='ecmf' type='forecast'><disturbance ID='x'>{}</disturbance></data>", fix(&contours));
    let radii = hazard(&data).track.unwrap().fixes.remove(0).radii;
    let told: Vec<_> = radii.iter().map(|r| (r.kt, r.ne_km, r.se_km, r.sw_km, r.nw_km)).collect();
    assert_eq!(told, [(34, 200.0, 180.0, 0.0, 150.0), (50, 60.0, 60.0, 60.0, 60.0)]);
}

#[track_caller]
fn check_fault(text: &str, is_fatal: bool, expected: &str) {
    let parsed = parsed(text);
    assert!(parsed.hazards.is_empty(), "{:?}", parsed.hazards);
    let fault = &parsed.faults[0];
    assert!(fault.what.contains(expected) && fault.is_fatal == is_fatal, "{fault}");
}

#[test]
fn what_cannot_be_read_is_told() {
    check_fault("<cxml><header>", true, "not well-formed");
    check_fault("<feed/>", true, "not `cxml`");
    check_fault(&document("<data origin='ecmf' type='climatology'/>"), false, "climatology");
    check_fault("<cxml><header/><data type='forecast'/></cxml>", true, "which centre");
    let no_hemisphere = fix("").replace("deg N", "deg");
    let data = format!("<data origin='ecmf' type='forecast'><disturbance ID='x'>{no_hemisphere}</disturbance></data>");
    check_fault(&document(&data), false, "hemispheres");
}

#[test]
fn no_storm_is_no_fault() {
    let parsed = parsed(&document("<data origin='ecmf' type='forecast'/>"));
    assert!(parsed.hazards.is_empty() && parsed.faults.is_empty());
}

#[test]
fn issue_and_test_runs() {
    let hazard = hazard(&format!("<data origin='ecmf' type='forecast'>{}</data>", disturbance("")));
    assert_eq!(hazard.issued, Some("2014-09-05T23:55:57Z".parse().unwrap()));
    let text = document(&format!("<data origin='ecmf' type='forecast'>{}</data>", disturbance("")));
    let text = text.replace("</header>", "<model><productionStatus>test</productionStatus></model></header>");
    assert_eq!(parsed(&text).hazards[0].status, Status::Test);
}
