//! The kinds of channels beside mail, as the configuration asks for them.

/// What a kind needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelKind {
    /// Its name: `slack`.
    pub name: &'static str,
    /// How many secrets it signs with.
    pub secrets: ChannelSecrets,
    /// Whether it has plain text beside its own form.
    pub has_plain: bool,
}

/// How many secrets a kind signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelSecrets {
    /// None: its address is its key.
    None,
    /// One, or none when the service was told not to want it.
    One,
    /// At least one, `whsec_` and base64; several while one is being replaced.
    Several,
}

/// All of them.
pub const CHANNEL_KINDS: &[ChannelKind] = &[
    ChannelKind { name: "webhook", secrets: ChannelSecrets::Several, has_plain: false },
    ChannelKind { name: "slack", secrets: ChannelSecrets::None, has_plain: false },
    ChannelKind { name: "teams", secrets: ChannelSecrets::None, has_plain: false },
    ChannelKind { name: "wecom", secrets: ChannelSecrets::None, has_plain: true },
    ChannelKind { name: "dingtalk", secrets: ChannelSecrets::One, has_plain: false },
    ChannelKind { name: "feishu", secrets: ChannelSecrets::One, has_plain: true },
];
