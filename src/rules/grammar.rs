//! What a condition may say. Names, kinds and size are checked when it is loaded, so that a typing mistake
//! shows at the desk and not in the storm.
//!
//! Allowed: facts, numbers, texts, lists, the operators, `has`, `all`, `exists`, `exists_one`, `filter`, `map`, `size`,
//! `contains`, `startsWith`, `endsWith`, `matches`, `double`, `int`, `string`. Maps, structs and unknown
//! functions are refused.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr};
use cel::{Program, common::ast::operators};

use super::condition::{Mistake, Wanted};
use super::facts::{Getter, Presence};
use super::nearest::nearest;
use super::scope::Scope;

/// The deepest nesting: evaluation recurses, and runs on stacks of 2 MB.
const DEPTH_MAX: usize = 48;
/// Macros within macros: each multiplies the steps by its list's length.
const MACROS_MAX: usize = 2;
/// The longest list: with [`MACROS_MAX`] it bounds an evaluation to some thousand steps.
const LIST_MAX: usize = 50;

/// The functions and macros that a mistyped one is compared with.
const FUNCTIONS: [&str; 10] =
    ["has", "size", "contains", "startsWith", "endsWith", "matches", "double", "int", "string", "exists"];

/// What was found in an expression.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The facts that it names, those under `has(…)` too.
    pub(super) names: BTreeSet<&'static str>,
    /// The facts under `has(…)`.
    pub(super) asked: BTreeSet<&'static str>,
    /// What is wrong, in order of place.
    pub(super) mistakes: Vec<Mistake>,
}

/// Checks a parsed expression against the facts within reach and the kind of value wanted.
pub(super) fn check(program: &Program, source: &str, wanted: Wanted, scope: &Scope) -> Found {
    let mut walk = Walk { program, source, scope, found: Found::default(), used: Vec::new(), variables: Vec::new() };
    let root = program.expression();
    let kind = walk.kind(root, Nesting::default());
    let fits = match wanted {
        Wanted::Flag => matches!(kind, Kind::Flag | Kind::Any),
        Wanted::Number => matches!(kind, Kind::Number | Kind::Whole | Kind::Any),
    };
    if !fits {
        let wanted = if wanted == Wanted::Flag { "true or false" } else { "a number" };
        walk.mistake(root, format!("this gives {}, where {wanted} is wanted", kind.name()), None);
    }
    walk.unguarded();
    walk.found.mistakes.sort_by_key(|mistake| mistake.at);
    walk.found
}

/// The kind of an expression's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// A literal such as `1`: compares with a number, does not add to one.
    Whole,
    Text,
    Flag,
    List,
    Any,
}

#[derive(Clone, Copy, Default)]
struct Nesting {
    depth: usize,
    macros: usize,
}

struct Walk<'a> {
    program: &'a Program,
    source: &'a str,
    scope: &'a Scope,
    found: Found,
    /// Facts that can be unknown and were used outside `has(…)`, with their places.
    used: Vec<(&'static str, usize)>,
    /// The variables of the macros around.
    variables: Vec<String>,
}

impl Walk<'_> {
    fn kind(&mut self, expr: &IdedExpr, nesting: Nesting) -> Kind {
        if nesting.depth >= DEPTH_MAX {
            let hint = Some("split it over two rules".to_owned());
            self.mistake(expr, format!("the condition is nested deeper than {DEPTH_MAX}"), hint);
            return Kind::Any;
        }
        let nesting = Nesting { depth: nesting.depth + 1, ..nesting };
        match &expr.expr {
            Expr::Literal(literal) => literal_kind(literal),
            Expr::Ident(name) => self.variable(expr, name),
            Expr::Select(select) => self.select(expr, select),
            Expr::Call(call) => self.call(expr, call, nesting),
            Expr::List(list) => {
                if list.elements.len() > LIST_MAX {
                    self.mistake(expr, format!("the list has more than {LIST_MAX} members"), None);
                }
                list.elements.iter().take(LIST_MAX).for_each(|element| _ = self.kind(element, nesting));
                Kind::List
            }
            Expr::Comprehension(comprehension) => self.comprehension(expr, comprehension, nesting),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.mistake(expr, "a condition cannot hold a map or struct".to_owned(), None);
                Kind::Any
            }
        }
    }

    fn variable(&mut self, expr: &IdedExpr, name: &str) -> Kind {
        // `@result` and the like are the macros' own.
        if !name.starts_with('@') && !self.variables.iter().any(|variable| variable == name) {
            self.unknown_fact(expr, name);
        }
        Kind::Any
    }

    fn select(&mut self, expr: &IdedExpr, select: &SelectExpr) -> Kind {
        let Expr::Ident(group) = &select.operand.expr else {
            self.mistake(expr, "a fact has two parts, as in `site.coast_m`".to_owned(), None);
            return Kind::Any;
        };
        let name = format!("{group}.{}", select.field);
        let Some(row) = self.scope.row(&name) else {
            self.unknown_fact(&select.operand, &name);
            return Kind::Any;
        };
        self.found.names.insert(row.name);
        if select.test {
            self.found.asked.insert(row.name);
            return Kind::Flag;
        }
        if row.presence == Presence::Sometimes {
            let at = self.at(&select.operand);
            self.used.push((row.name, at));
        }
        match row.of {
            Getter::Number(_) => Kind::Number,
            Getter::Text(_) => Kind::Text,
            Getter::Flag(_) => Kind::Flag,
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr, nesting: Nesting) -> Kind {
        let target = call.target.as_ref().map(|target| self.kind(target, nesting));
        let kinds: Vec<Kind> = call.args.iter().map(|argument| self.kind(argument, nesting)).collect();
        let name = call.func_name.as_str();
        match (name, target, kinds.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, None, _) => {
                self.all_flags(call, &kinds)
            }
            (operators::CONDITIONAL, None, [condition, yes, no]) => self.branches(expr, *condition, *yes, *no),
            (
                operators::EQUALS
                | operators::NOT_EQUALS
                | operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                None,
                [left, right],
            ) => self.comparison(expr, *left, *right),
            (
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO,
                None,
                [left, right],
            ) => self.arithmetic(expr, *left, *right),
            (operators::NEGATE, None, [kind]) => *kind,
            (operators::IN, None, [_, Kind::List | Kind::Any])
            | ("contains" | "startsWith" | "endsWith" | "matches", Some(Kind::Text | Kind::Any), [Kind::Text])
            | (operators::NOT_STRICTLY_FALSE, None, [_]) => Kind::Flag,
            ("double", None, [_]) => Kind::Number,
            ("int" | "size", None, [_]) | ("size", Some(_), []) => Kind::Whole,
            ("string", None, [_]) => Kind::Text,
            (operators::INDEX, None, [_, _]) => Kind::Any,
            _ => self.unknown_call(expr, name),
        }
    }

    fn all_flags(&mut self, call: &CallExpr, kinds: &[Kind]) -> Kind {
        for (argument, kind) in call.args.iter().zip(kinds) {
            if !matches!(kind, Kind::Flag | Kind::Any) {
                self.mistake(argument, format!("this is {}, not true or false", kind.name()), None);
            }
        }
        Kind::Flag
    }

    fn branches(&mut self, expr: &IdedExpr, condition: Kind, yes: Kind, no: Kind) -> Kind {
        if !matches!(condition, Kind::Flag | Kind::Any) {
            self.mistake(expr, format!("before `?` stands {}, not true or false", condition.name()), None);
        }
        match (yes, no) {
            (Kind::Any, other) | (other, Kind::Any) => other,
            (Kind::Number, Kind::Whole) | (Kind::Whole, Kind::Number) => Kind::Number,
            (yes, no) if yes == no => yes,
            (yes, no) => {
                self.mistake(expr, format!("one branch gives {}, the other {}", yes.name(), no.name()), None);
                Kind::Any
            }
        }
    }

    fn comparison(&mut self, expr: &IdedExpr, left: Kind, right: Kind) -> Kind {
        let class = |kind| if kind == Kind::Whole { Kind::Number } else { kind };
        let (left, right) = (class(left), class(right));
        if left != right && left != Kind::Any && right != Kind::Any {
            self.mistake(expr, format!("{} is compared with {}", left.name(), right.name()), None);
        }
        Kind::Flag
    }

    fn arithmetic(&mut self, expr: &IdedExpr, left: Kind, right: Kind) -> Kind {
        match (left, right) {
            (Kind::Number, Kind::Whole) | (Kind::Whole, Kind::Number) => {
                let hint = "facts are numbers with decimals: write `1.0`, not `1`".to_owned();
                self.mistake(expr, "a whole number is reckoned with a number with decimals".to_owned(), Some(hint));
                Kind::Number
            }
            (Kind::Any, other) | (other, Kind::Any) => other,
            (left, right) if left == right && left != Kind::Flag => left,
            (left, right) => {
                self.mistake(expr, format!("{} is reckoned with {}", left.name(), right.name()), None);
                Kind::Any
            }
        }
    }

    fn comprehension(&mut self, expr: &IdedExpr, comprehension: &ComprehensionExpr, nesting: Nesting) -> Kind {
        if nesting.macros >= MACROS_MAX {
            self.mistake(expr, format!("more than {MACROS_MAX} of `all`, `exists`, `map` … within each other"), None);
            return Kind::Any;
        }
        self.kind(&comprehension.iter_range, nesting);
        let nesting = Nesting { macros: nesting.macros + 1, ..nesting };
        let names = [Some(&comprehension.iter_var), comprehension.iter_var2.as_ref(), Some(&comprehension.accu_var)];
        let outer = self.variables.len();
        self.variables.extend(names.into_iter().flatten().cloned());
        for part in [&comprehension.loop_cond, &comprehension.loop_step] {
            self.kind(part, nesting);
        }
        let result = self.kind(&comprehension.result, nesting);
        self.variables.truncate(outer);
        result
    }

    fn unknown_call(&mut self, expr: &IdedExpr, name: &str) -> Kind {
        if name.contains(|c: char| !c.is_alphanumeric()) {
            self.mistake(expr, "this operator does not fit what stands beside it".to_owned(), None);
            return Kind::Any;
        }
        let hint = match nearest(name, FUNCTIONS) {
            Some(near) if near != name => format!("did you mean `{near}`?"),
            _ => format!("known: {}; `contains` and its like want texts", FUNCTIONS.join(", ")),
        };
        self.mistake(expr, format!("`{name}` is no function here, or not with these arguments"), Some(hint));
        Kind::Any
    }

    fn unknown_fact(&mut self, expr: &IdedExpr, name: &str) {
        let hint = match nearest(name, self.scope.names()) {
            Some(near) => format!("did you mean `{near}`? `seawall rules list` names them all"),
            None => "`seawall rules list` names them all".to_owned(),
        };
        self.mistake(expr, format!("unknown fact `{name}`"), Some(hint));
    }

    /// Names each fact that can be unknown and that nothing asked `has(…)` of: it would fail in the very storm
    /// for which a record was left blank. Where the question stands is not looked at, only that there is one.
    fn unguarded(&mut self) {
        let mut told = BTreeSet::new();
        for (name, at) in std::mem::take(&mut self.used) {
            if !self.found.asked.contains(name) && !self.scope.is_guarded(name) && told.insert(name) {
                let what = format!("`{name}` can be unknown, and nothing asks for it");
                let hint = Some(format!("write `has({name}) && …`"));
                self.found.mistakes.push(Mistake { at, what, hint });
            }
        }
    }

    fn mistake(&mut self, expr: &IdedExpr, what: String, hint: Option<String>) {
        let at = self.at(expr);
        self.found.mistakes.push(Mistake { at, what, hint });
    }

    /// The character at which an expression stands; CEL counts bytes.
    fn at(&self, expr: &IdedExpr) -> usize {
        let (start, _) = self.program.source_info().offset_for(expr.id).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or_default();
        self.source.char_indices().take_while(|(byte, _)| *byte < start).count()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Number | Self::Whole => "a number",
            Self::Text => "a text",
            Self::Flag => "true or false",
            Self::List => "a list",
            Self::Any => "a value",
        }
    }
}

fn literal_kind(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Flag,
        LiteralValue::Double(_) => Kind::Number,
        LiteralValue::Int(_) | LiteralValue::UInt(_) => Kind::Whole,
        LiteralValue::String(_) => Kind::Text,
        LiteralValue::Bytes(_) | LiteralValue::Null => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Condition;
    use super::*;
    use crate::domain::{Place, SubjectKind};

    /// The mistakes of a site's condition, as `character: what`.
    fn told(source: &str, wanted: Wanted) -> Vec<String> {
        let compiled = Condition::compile(source, wanted, &Scope::of(SubjectKind::Site), Place::default());
        let mistakes = compiled.err().unwrap_or_default();
        mistakes.iter().map(|mistake| format!("{}: {}", mistake.at, mistake.what)).collect()
    }

    fn check(source: &str, want: &[&str]) {
        assert_eq!(told(source, Wanted::Flag), want, "{source}");
    }

    #[test]
    fn what_is_right_passes() {
        check("exposure.inside", &[]);
        check("has(site.coast_m) && site.coast_m < 500 && site.coast_m + 1.0 > 2.0", &[]);
        check("site.insured in ['no', \"unknown\"] && now.month >= 7", &[]);
        check("(has(site.handling_h) ? site.handling_h : 12.0) <= 24.0", &[]);
        check("has(dealer.tier) && dealer.tier.startsWith('A')", &[]);
        check("['yes', 'no'].exists(word, word == site.insured)", &[]);
        assert_eq!(told("0.15 * 100.0", Wanted::Number), Vec::<String>::new());
    }

    #[test]
    fn unknown_facts_are_named() {
        check("has(site.coast_km)", &["4: unknown fact `site.coast_km`"]);
        check("'中' == site.insured && weather", &["23: unknown fact `weather`"]);
        check("lane.mode == 'sea'", &["0: unknown fact `lane.mode`"]);
        check("site.coast_m.x > 1", &["12: a fact has two parts, as in `site.coast_m`"]);
    }

    #[test]
    fn facts_that_can_be_unknown_want_a_question() {
        check("site.coast_m < 500.0", &["0: `site.coast_m` can be unknown, and nothing asks for it"]);
    }

    #[test]
    fn kinds_must_fit() {
        check("now.month + 1 > 3.0", &["10: a whole number is reckoned with a number with decimals"]);
        check("site.insured > 1", &["13: a text is compared with a number"]);
        check("now.month && true", &["3: this is a number, not true or false"]);
        check("now.month", &["3: this gives a number, where true or false is wanted"]);
        assert_eq!(told("exposure.inside", Wanted::Number), ["8: this gives true or false, where a number is wanted"]);
        check("now.month.contains('1')", &["18: `contains` is no function here, or not with these arguments"]);
        check("sizes('x') == 1", &["5: `sizes` is no function here, or not with these arguments"]);
    }

    #[test]
    fn size_is_bounded() {
        let three = "[1].all(a, [1].all(b, [1].all(c, c == a)))";
        assert!(told(three, Wanted::Flag).iter().any(|what| what.contains("more than 2 of")), "{three}");
        let deep = format!("{}now.month{} == 1.0", "-(".repeat(60), ")".repeat(60));
        assert!(!told(&deep, Wanted::Flag).is_empty());
        let sum = vec!["1.0"; 100].join(" + ") + " > 3.0";
        assert!(told(&sum, Wanted::Flag).iter().any(|what| what.contains("nested deeper")), "{sum}");
        let long = format!("site.insured == '{}'", "x".repeat(2_000));
        assert_eq!(told(&long, Wanted::Flag), ["0: the condition has 2018 bytes, the limit is 2000"]);
        let list = format!("now.month in [{}]", vec!["1"; 51].join(", "));
        assert_eq!(told(&list, Wanted::Flag).len(), 1);
    }

    #[test]
    fn what_is_no_cel_is_named() {
        assert!(told("exposure.inside &&", Wanted::Flag).iter().any(|what| what.starts_with("17: not CEL")));
        for odd in ["", "(((", "'abc", "a.b.c.d", "{}", "\u{0}", "ℵ", "has(x)", "@result", "`a`", "x?.y", "-", "1u"] {
            assert!(!told(odd, Wanted::Flag).is_empty(), "{odd}");
        }
    }
}
