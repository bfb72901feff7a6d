//! Orders that dealers have signed, for the channels that take them: an ERP need not ask for them.
//!
//! They are queued in the transaction that signs them, and bear an id of their own each, so that none is lost and none
//! comes twice.

use serde_json::json;

use crate::domain::{
    Attachment, DocumentHash, Entry, EventId, Level, Matter, Notice, NoticeId, Order, PersonId, Proposal,
    ProposalState, Timestamp, What,
};
use crate::notifiers::ORDER_MEDIA_TYPE;

/// Where signed orders go.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderDesk {
    /// The ids of the channels.
    pub(super) channels: Vec<String>,
    /// The domain after the `@` of Message-IDs.
    pub(super) domain: String,
}

impl OrderDesk {
    /// A notice to each channel for each order among these proposals that everybody has signed.
    pub(super) fn signed(&self, proposals: &[Proposal], now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        for proposal in proposals.iter().filter(|proposal| proposal.state == ProposalState::Approved) {
            let Matter::Order(order) = &proposal.case.matter else { continue };
            let is_signature = |entry: &&Entry| matches!(entry.what, What::Signed { .. });
            let Some(signature) = proposal.trail.iter().rev().find(is_signature) else { continue };
            notices.extend(self.channels.iter().map(|channel| self.notice(proposal, order, signature, channel, now)));
        }
        notices
    }

    fn notice(&self, proposal: &Proposal, order: &Order, signature: &Entry, channel: &str, now: Timestamp) -> Notice {
        let seed = format!("order\0{}\0{}\0{channel}", proposal.id, proposal.revision);
        let id: String = DocumentHash::of(seed.as_bytes()).digits().chars().take(32).collect();
        let dealer = proposal.dealer.as_ref().map(ToString::to_string).unwrap_or_default();
        let lines = order.lines.iter().map(|line| format!("{} {}", line.quantity.normalize(), line.sku));
        let text = lines.collect::<Vec<_>>().join("\n");
        Notice {
            message_id: format!("<{id}@{}>", self.domain),
            id: NoticeId::new(&id),
            person: signature.by.clone().unwrap_or_else(|| PersonId::new("operator")),
            channel: channel.to_owned(),
            to_name: dealer.clone(),
            to: channel.to_owned(),
            event: EventId::new(format!("proposal-{}", proposal.id)),
            alerts: Vec::new(),
            level: Level::Act,
            act_by: proposal.case.act_by,
            why: vec!["order-signed".to_owned()],
            lang: "en".to_owned(),
            subject: format!("Order signed: {dealer}"),
            references: Vec::new(),
            html: String::new(),
            text,
            list_unsubscribe: None,
            attachments: vec![attachment(proposal, order, signature)],
            queued_at: now,
            attempts: 0,
            next_try: None,
            last_fault: None,
        }
    }
}

/// The order as `seawall proposals --format orders-csv` has it, in one object.
fn attachment(proposal: &Proposal, order: &Order, signature: &Entry) -> Attachment {
    let line = |line: &crate::domain::GoodsLine| {
        let (value, currency) =
            line.unit_value.map(|(value, currency)| (value.to_string(), currency.to_string())).unzip();
        json!({ "sku": line.sku, "quantity": line.quantity.normalize().to_string(), "unit_value": value, "currency": currency })
    };
    let order = json!({
        "proposal": proposal.id,
        "revision": proposal.revision,
        "dealer": proposal.dealer,
        "lane": order.lane,
        "lines": order.lines.iter().map(line).collect::<Vec<_>>(),
        "signed_at": signature.at,
        "signed_by": signature.by,
    });
    Attachment {
        name: "order.json".to_owned(),
        media_type: ORDER_MEDIA_TYPE.to_owned(),
        content_id: None,
        bytes: order.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::super::post::tests::at;
    use super::*;
    use crate::domain::{Case, Currency, DealerId, GoodsLine, LaneId, ProposalId, Role, Step};

    fn proposal(state_of: &[What]) -> Proposal {
        let line = GoodsLine {
            sku: "PUMP-4".to_owned(),
            quantity: Decimal::new(1200, 2),
            cover_days: 3.0,
            unit_value: Some((Decimal::from(250), Currency::parse("CNY").expect("a currency"))),
        };
        let order = Order { lane: LaneId::new("L1"), outage_days: 6.0, lines: vec![line] };
        let steps = vec![Step { role: Role::Dealer, people: vec![PersonId::new("ma")] }];
        let case = Case { matter: Matter::Order(order), act_by: Some(at(9000)), steps };
        let first = Entry { at: at(0), by: None, what: What::Proposed { case: Box::new(case), why: None } };
        let rest = state_of.iter().map(|what| Entry { at: at(60), by: Some(PersonId::new("ma")), what: what.clone() });
        let trail = std::iter::once(first).chain(rest).collect();
        Proposal::of(ProposalId::new("p1"), EventId::new("e"), Some(DealerId::new("D-1")), trail).expect("one")
    }

    fn signed() -> What {
        let quantities = [("PUMP-4".to_owned(), Decimal::from(8))].into();
        What::Signed { role: Role::Dealer, note: None, quantities }
    }

    #[test]
    fn a_signed_order_goes_to_each_channel_that_wants_it_and_is_the_same_each_time() {
        let desk = OrderDesk { channels: vec!["erp".to_owned(), "books".to_owned()], domain: "example.com".to_owned() };
        let notices = desk.signed(&[proposal(&[signed()])], at(60));
        assert_eq!(notices.iter().map(|notice| notice.channel.as_str()).collect::<Vec<_>>(), ["erp", "books"]);
        assert_ne!(notices[0].id, notices[1].id);
        assert_eq!(notices[0].id, desk.signed(&[proposal(&[signed()])], at(99))[0].id);
        insta::assert_snapshot!(
            String::from_utf8(notices[0].attachments[0].bytes.clone()).expect("text"),
            @r#"{"dealer":"D-1","lane":"L1","lines":[{"currency":"CNY","quantity":"8","sku":"PUMP-4","unit_value":"250"}],"proposal":"p1","revision":1,"signed_at":"1970-01-01T00:01:00Z","signed_by":"ma"}"#
        );
    }

    #[test]
    fn what_is_not_signed_goes_nowhere() {
        let desk = OrderDesk { channels: vec!["erp".to_owned()], domain: String::new() };
        assert_eq!(desk.signed(&[proposal(&[]), proposal(&[What::Declined { note: None }])], at(60)), []);
        assert_eq!(OrderDesk::default().signed(&[proposal(&[signed()])], at(60)), []);
    }
}
