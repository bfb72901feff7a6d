//! The mail to an operator about a clock that was set.

use std::cell::RefCell;

use minijinja::context;

use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::feeds::operators_mail;
use super::speaker::Speaker;
use super::when::Zone;
use super::{clean, plain};
use crate::domain::{ClockJump, EventId, Level, PersonId};

/// What mails about the clock are about: a thread of their own.
pub const CLOCK: &str = "clock";

/// Writes the mail about a jump of the clock to one operator, as a reply within the thread about it when there is one.
///
/// # Errors
/// When the person is not in the portfolio.
pub fn compose_clock(jump: &ClockJump, person: &PersonId, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let known = desk.portfolio.people.get(person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let event = EventId::new(CLOCK);
    let thread = desk.state.threads.get(&(person.id.clone(), event.clone()));
    let subject =
        thread.map_or_else(|| clean::clean(&says.word("clock.subject"), 150), |thread| thread.subject.clone());
    let zone = Zone::first_of(&[&person.time_zone]);
    let facts = context! {
        expected => says.full(jump.expected, &zone), shown => says.full(jump.shown, &zone),
        span => says.span(jump.by().abs()),
    };
    let is_forward = jump.expected < jump.shown;
    let first = says.say(if is_forward { "clock.forward" } else { "clock.back" }, &facts);
    let opening = vec![first, says.word(if is_forward { "clock.missed" } else { "clock.again" })];
    let mail =
        operators_mail(&says, &subject, ("warn", says.word("clock.tag")), opening, Some(says.word("clock.check")));
    let about = About { event, level: Level::Warn, why: "clock-jump".to_owned() };
    let (notice, thread) = posted(&mail, about, person, desk, &says);
    Ok(Composed { notice, short: plain::short(&mail), thread, faults: faults.into_inner() })
}

#[cfg(test)]
mod tests {
    use super::super::clean::columns;
    use super::super::fixtures::{World, at};
    use super::*;
    use crate::domain::{Language, LinkKey};

    fn mail(language: Language, shown: &str) -> String {
        let world = World::new(language);
        let key = LinkKey::new(vec![7; 32]);
        let jump = ClockJump { expected: at("2004-08-10T09:00:00Z"), shown: at(shown) };
        let composed = compose_clock(&jump, &PersonId::new("chen"), &world.desk(&key)).expect("a mail");
        assert_eq!(composed.faults, []);
        for line in composed.notice.text.lines() {
            assert!(columns(line) <= 76, "too wide: {line}");
        }
        format!("Subject: {}\n\n{}", composed.notice.subject, composed.notice.text)
    }

    #[test]
    fn forward_in_english() {
        insta::assert_snapshot!(mail(Language::English, "2004-08-10T14:00:00Z"), @r"
        Subject: Seawall's clock has jumped

        [The clock has jumped]
        The clock was put forward by 5 h, or the machine slept: it shows Tue 10 Aug
        22:00 (Shanghai, UTC+8; 14:00 UTC) where Tue 10 Aug 17:00 (Shanghai, UTC+8;
        09:00 UTC) was to be expected.
        Deadlines are reckoned by the new time. If it is right, nothing was read or
        sent for as long as that.

        To look closer: timedatectl

        ----------------------------------------------------------------------------

        Why you got this
        You look after Seawall.
        ");
    }

    #[test]
    fn back_in_chinese() {
        insta::assert_snapshot!(mail(Language::Chinese, "2004-08-09T09:00:00Z"), @r"
        Subject: Seawall 的时钟发生跳变

        [时钟跳变]
        时钟被拨回了24小时：现在显示8月9日周一 17:00（北京时间，UTC+8；即UTC
        09:00），本应是8月10日周二 17:00（北京时间，UTC+8；即UTC 09:00）。
        各项期限和催办已按新时间计算。

        查看详情：timedatectl

        ----------------------------------------------------------------------------

        为什么发给您
        Seawall系统由您维护。
        ");
    }
}
