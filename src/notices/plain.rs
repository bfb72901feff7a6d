//! A mail without a layout: short, or from bare facts when not even the shipped layout can be filled in.

use super::view::Mail;

/// What changed, what to do, by when, what it costs, and where to answer: for channels on which nobody reads more.
pub(super) fn short(mail: &Mail) -> String {
    let mut lines = vec![format!("[{}]", mail.tag)];
    lines.extend(mail.opening.iter().cloned());
    if let Some(todo) = &mail.todo {
        let left = if todo.left.is_empty() { String::new() } else { format!(" ({})", todo.left) };
        lines.push(format!("{}: {}", todo.place, todo.what));
        lines.push(format!("{}{left}", todo.by));
        lines.extend(todo.yours.clone());
        lines.extend(mail.money.iter().cloned());
        lines.extend(todo.link.clone());
    }
    lines.extend(mail.calm.clone());
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n") + "\n"
}

/// The mail as plain text without a layout.
pub(super) fn text(mail: &Mail) -> String {
    let mut lines: Vec<&str> = mail.opening.iter().map(String::as_str).collect();
    lines.extend(mail.todo.iter().map(|todo| todo.line.as_str()));
    lines.extend(mail.todo.iter().filter_map(|todo| todo.link.as_deref()));
    lines.extend(mail.calm.as_deref());
    lines.extend(mail.money.iter().map(String::as_str));
    for block in &mail.blocks {
        lines.push("");
        lines.push(&block.title);
        lines.push(&block.level_word);
        lines.extend(block.facts.iter().flat_map(|fact| [fact.label.as_str(), fact.value.as_str()]));
        lines.extend(block.actions.iter().flat_map(|action| [action.title.as_str(), action.terms.as_str()]));
        lines.extend(block.link.as_deref());
    }
    lines.push("");
    for row in &mail.rows {
        lines.extend([row.title.as_str(), row.level_word.as_str(), row.by.as_str()]);
        lines.extend(row.link.as_deref());
    }
    lines.extend(mail.more.iter().chain(&mail.sure).chain(&mail.why).map(String::as_str));
    lines.join("\n") + "\n"
}

/// The same as HTML.
pub(super) fn html(mail: &Mail) -> String {
    let escaped = text(mail).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<!doctype html><meta charset=\"utf-8\"><pre style=\"white-space:pre-wrap\">{escaped}</pre>\n")
}
