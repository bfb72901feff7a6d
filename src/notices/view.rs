//! What the layouts see: ready sentences, in the order in which a mail tells them.

use serde::Serialize;

/// One mail.
#[derive(Debug, Serialize)]
pub(super) struct Mail {
    /// The language tag.
    pub(super) lang: String,
    /// The thread's subject.
    pub(super) subject: String,
    /// What a phone shows of the mail before it is opened.
    pub(super) preheader: String,
    /// `watch`, `warn`, `act`, or `over`: for colour, which is never the only sign.
    pub(super) level: &'static str,
    /// What kind of mail it is: the level, a reminder, all clear.
    pub(super) tag: String,
    /// The fonts of the language, best first.
    pub(super) fonts: String,
    /// What changed, and why this mail comes now; the first is the mail's first line.
    pub(super) opening: Vec<String>,
    /// The one thing to do first.
    pub(super) todo: Option<Todo>,
    /// What to do instead, when there is nothing to begin.
    pub(super) calm: Option<String>,
    /// What the first thing costs against waiting, or what is on the lane.
    pub(super) money: Vec<String>,
    /// What the button that leads to an answer says.
    pub(super) answer: String,
    /// And what can be answered.
    pub(super) answers: String,
    /// The heading of the table.
    pub(super) rows_title: String,
    /// What its chances are of.
    pub(super) rows_chance: String,
    /// The map.
    pub(super) picture: Option<Picture>,
    /// All places at a glance; empty for one alone.
    pub(super) rows: Vec<Row>,
    /// Places beyond the table, as a count.
    pub(super) more: Option<String>,
    /// How often gales close the lanes, month by month.
    pub(super) months: Option<Months>,
    /// The sites, lanes and warnings that are told in full.
    pub(super) blocks: Vec<Block>,
    /// Texts for dealers.
    pub(super) forwards: Vec<Forward>,
    /// How sure, by whom, when issued, and who is silent.
    pub(super) sure: Vec<String>,
    /// Why the person gets it.
    pub(super) why: Vec<String>,
}

/// The picture that a mail carries.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Picture {
    /// The id of the attachment that holds it.
    pub(super) cid: String,
    /// The same in words.
    pub(super) alt: String,
    /// How wide it is shown, in pixels.
    pub(super) width: u32,
    /// How high.
    pub(super) height: u32,
}

/// The one thing to do first.
#[derive(Debug, Serialize)]
pub(super) struct Todo {
    /// All of it in one line, for plain text.
    pub(super) line: String,
    /// The action.
    pub(super) what: String,
    /// The place.
    pub(super) place: String,
    /// How bad it gets there, how sure, and when; empty without a storm.
    pub(super) threat: Option<String>,
    /// The better action for which it has become too late.
    pub(super) late: Option<String>,
    /// By when, in full.
    pub(super) by: String,
    /// How long is left; empty without a deadline.
    pub(super) left: String,
    /// The person's own time, when it is another.
    pub(super) yours: Option<String>,
    /// Where to answer.
    pub(super) link: Option<String>,
}

/// One place in the table.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// The place.
    pub(super) title: String,
    /// `watch`, `warn`, `act`; `over` for what is done or under way.
    pub(super) level: &'static str,
    /// The level as a word, or that it is done or under way.
    pub(super) level_word: String,
    /// The chance of gale; empty without a storm.
    pub(super) chance: String,
    /// By when something must begin there; may be empty.
    pub(super) by: String,
    /// Where to answer, unless the place is told in full.
    pub(super) link: Option<String>,
}

/// One alert told in full.
#[derive(Debug, Serialize)]
pub(super) struct Block {
    /// The place.
    pub(super) title: String,
    /// The dealer; empty for a lane.
    pub(super) dealer: String,
    /// `watch`, `warn` or `act`.
    pub(super) level: &'static str,
    /// The level as a word.
    pub(super) level_word: String,
    /// Whose clock the times are.
    pub(super) zone: String,
    /// Chances of gale, storm and hurricane force.
    pub(super) chances: Vec<Chance>,
    /// When, how near, the sea, insurance, the answer.
    pub(super) facts: Vec<Fact>,
    /// What the agency says in its own words.
    pub(super) quote: Option<String>,
    /// Shipments on a lane.
    pub(super) shipments: Vec<String>,
    /// What can be done, best first.
    pub(super) actions: Vec<Action>,
    /// What is too late.
    pub(super) late: Vec<Action>,
    /// What is refused, with the reason.
    pub(super) refused: Vec<Action>,
    /// A map of the place, for whoever must go there.
    pub(super) map: Option<String>,
    /// Where to answer.
    pub(super) link: Option<String>,
    /// What to do when there is no link.
    pub(super) answer: Option<String>,
}

/// One row of a block.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    /// Its name.
    pub(super) label: String,
    /// Its value.
    pub(super) value: String,
}

/// The chance of one wind force.
#[derive(Debug, Serialize)]
pub(super) struct Chance {
    /// The force.
    pub(super) label: String,
    /// The chance as number and word.
    pub(super) value: String,
    /// 0..=100, for a bar.
    pub(super) share: u32,
}

/// One action.
#[derive(Debug, Serialize)]
pub(super) struct Action {
    /// The order.
    pub(super) title: String,
    /// One more sentence; may be empty.
    pub(super) detail: String,
    /// By when, how long, at what cost, by whom; or why not.
    pub(super) terms: String,
}

/// A text for a dealer.
#[derive(Debug, Serialize)]
pub(super) struct Forward {
    /// For whom, in the reader's language.
    pub(super) title: String,
    /// The language of the text.
    pub(super) lang: &'static str,
    /// The text, a paragraph a line.
    pub(super) lines: Vec<String>,
}

/// The lanes' months in numbers.
#[derive(Debug, Serialize)]
pub(super) struct Months {
    /// What the numbers are.
    pub(super) title: String,
    /// The twelve months' names, each set right in its column.
    pub(super) names: Vec<String>,
    /// The lanes.
    pub(super) rows: Vec<MonthRow>,
}

/// One lane's months.
#[derive(Debug, Serialize)]
pub(super) struct MonthRow {
    /// The lane with its whole year.
    pub(super) title: String,
    /// The twelve numbers, each set right in its column.
    pub(super) cells: Vec<String>,
}
