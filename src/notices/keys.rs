//! Which sentences each language must have, and which facts each may use. This table is the manual
//! for whoever writes a language or overrides a sentence.

/// Tables in which any key may stand: names that are looked up, with a fallback when absent.
pub(super) const OPEN_TABLES: &[&str] = &["agency", "zone", "currency", "mode", "port"];

/// The table whose values are settings, not sentences.
pub(super) const FORM: &str = "form";

/// What the words of an action may use; each is empty when not known.
pub(super) const ACTION_FACTS: &[&str] = &["site", "dealer", "shelter", "lane", "storm", "cost"];

/// Rows of: table, keys, facts that those sentences may use. All are required.
pub(super) const KEYS: &[(&str, &str, &str)] = &[
    (
        FORM,
        "thousands scales weekdays months list_comma list_and clause sentence surge_reasons wind_averaging_min fonts",
        "",
    ),
    ("subject", "account-manager logistics other", "storm"),
    ("storm", "named", "kind name"),
    ("storm", "wp-strong wp-weak na-strong na-weak other-strong other-weak", ""),
    ("kind", "tropical-cyclone wind surge flood winter thunderstorm tsunami earthquake fire other", ""),
    ("place", "site", "name id"),
    ("place", "lane", "origin destination id"),
    ("place", "more", "n"),
    ("level", "watch warn act", ""),
    ("severity", "unknown minor moderate severe extreme", ""),
    (
        "reason",
        "first-match level-rose level-fell act-by-moved unanswered climbed dealer-refused answered too-dangerous \
         cancelled expired danger-over still",
        "storm places n is_storm can_go dealers level before by earlier to since span reminder who answer note agency",
    ),
    ("tag", "clear part-clear over in-hand", ""),
    ("tag", "wait", "is_lane"),
    ("tag", "reminder", "n level"),
    ("short", "done acting blows late", ""),
    ("short", "by", "when"),
    ("short", "told", "is_lane"),
    ("answer", "told moving refused done", "is_lane"),
    ("answer", "someone someone-dealer someone-agency", ""),
    ("state", "open acknowledged acting refused done cleared", "who at note is_lane"),
    ("todo", "action", "title place"),
    ("todo", "visit", "title refused"),
    ("todo", "too-late", "title when"),
    ("todo", "line", "when left what"),
    ("todo", "line-now", "what"),
    ("todo", "by yours", "when"),
    ("todo", "now", ""),
    ("todo", "calm-watch calm-late calm-acting calm-none", "is_lane"),
    ("money", "line bare", "place costs expected expected_number at_risk"),
    ("money", "lane", "n value"),
    ("money", "costs", "title cost"),
    ("money", "free unknown", ""),
    ("time", "date", "weekday day month"),
    ("time", "short utc", "date clock"),
    ("time", "local", "date clock city offset"),
    ("time", "full", "date clock city offset utc"),
    ("time", "zone", "city offset"),
    ("time", "left", "span"),
    ("time", "min h", "n"),
    ("time", "days", "n h"),
    ("amount", "money", "amount currency"),
    ("amount", "percent under over km m", "n"),
    ("amount", "wind", "kt kmh ms beaufort"),
    ("amount", "about", "value"),
    ("chance", "almost-certain likely even possible small none gale storm typhoon", ""),
    ("chance", "line", "percent word"),
    ("fact", "begins begins-now ends closest peak sea insured state manager occasion warning valid where", ""),
    ("fact", "insured-yes insured-no insured-uninsurable insured-unknown mode value money worth", ""),
    ("fact", "worth-is", "p"),
    ("fact", "begins-both begins-first begins-early", "first early"),
    ("fact", "ends-at", "at"),
    ("fact", "closest-at", "km at"),
    ("fact", "peak-at", "wind at"),
    ("fact", "sea-may", "reasons"),
    ("fact", "sea-coast sea-low", "m"),
    ("fact", "manager-is", "name email"),
    ("fact", "occasion-is", "from to"),
    ("fact", "warning-is", "event severity"),
    ("fact", "valid-is", "onset expires"),
    ("fact", "where-is", "name lat lon"),
    ("action", "by", "when left"),
    ("action", "takes", "span"),
    ("action", "cost", "cost"),
    ("action", "saves", "saved"),
    ("action", "late", "when"),
    ("action", "free poor late-plain refused", ""),
    ("who", "you dealer account-manager regional-manager logistics management", ""),
    ("shipment", "line", "id dealer etd eta has_left is_due value"),
    ("shipment", "none", ""),
    ("shipment", "more", "n"),
    ("forward", "hello", "dealer"),
    ("forward", "storm warning", "storm agency issued"),
    ("forward", "site", "place chance early"),
    ("forward", "warned", "place onset expires"),
    ("forward", "please", "when left action"),
    ("forward", "please-now", "action"),
    ("forward", "money", "costs value"),
    ("forward", "from", "sender"),
    ("forward", "sea careful watch bye bye-safe", ""),
    ("sure", "track warning", "agency issued"),
    ("sure", "undated", "agency"),
    ("sure", "side-by-side", "place"),
    ("sure", "agency", "agency gale wind km percent issued"),
    ("sure", "next overdue", "at"),
    ("sure", "silence", "agency since"),
    ("sure", "earliest unsure warning-changes", ""),
    ("why", "account-manager regional-manager logistics management operator dealer", ""),
    ("why", "rule", "rule alerts"),
    ("why", "explain", "command"),
    ("over", "after", "is_lane"),
    ("unanswerable", "line", "alert"),
    ("label", "place gale wind todo late refused shipments quote answer answers map sure why", ""),
    ("label", "forward", "dealer"),
];

/// Each required key with its dot, and what it may use.
pub(super) fn required() -> impl Iterator<Item = (String, &'static str)> {
    KEYS.iter()
        .flat_map(|(table, keys, facts)| keys.split_whitespace().map(move |key| (format!("{table}.{key}"), *facts)))
}
