//! Modules import down the street only: ARCHITECTURE.md.
//!
//! Paths are found among the tokens of every file, so those in macros, in tests and in bodies of
//! functions count too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// Each module of the crate and those right below it; what these may use, it may use too.
const STREET: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("proto", &[]),
    ("record", &[]),
    ("event", &["record", "proto", "types"]),
    ("summary", &["event"]),
    ("logdir", &["event"]),
    ("graph", &[]),
    ("exec", &["graph"]),
    ("nn", &["graph"]),
    ("data", &[]),
    ("trainer", &["nn", "exec", "data", "summary"]),
    ("experiments", &["trainer"]),
    ("cli", &["experiments", "logdir"]),
    ("bin", &["cli"]),
];

/// For each module all that it may use, itself included.
fn reachable() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // Each module stands behind those below it, so theirs are known already.
    for &(module, below) in STREET {
        let mut reached = BTreeSet::from([module]);
        for lower in below {
            reached.extend(all.get(lower).expect("the street is listed from its lower end"));
        }
        all.insert(module, reached);
    }
    all
}

/// The modules of the crate that some source text names by a path.
///
/// `place` is the path of the text's own module below the crate: `["exec", "plan"]`.
fn used_modules(source: &str, place: &[&str]) -> BTreeSet<String> {
    let tokens: TokenStream = source.parse().expect("rustc has compiled it");
    let mut used = BTreeSet::new();
    let place: Vec<String> = place.iter().map(|part| (*part).to_owned()).collect();
    walk(tokens, &place, &mut used);
    used
}

fn walk(tokens: TokenStream, place: &[String], used: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i] {
            TokenTree::Ident(word) if word == "crate" || word == "runboard" => {
                i = follow(&tokens, i + 1, &[], used);
                continue;
            }
            TokenTree::Ident(word) if word == "super" || word == "self" => {
                i = follow(&tokens, i, place, used);
                continue;
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(i + 1), tokens.get(i + 2))
                {
                    let inner = [place, &[name.to_string()]].concat();
                    walk(body.stream(), &inner, used);
                    i += 3;
                    continue;
                }
            }
            TokenTree::Group(group) => walk(group.stream(), place, used),
            _ => {}
        }
        i += 1;
    }
}

/// Follows a path, the token `at` being next, that has come to the module `place`; returns the
/// index behind it.
fn follow(
    tokens: &[TokenTree],
    mut at: usize,
    place: &[String],
    used: &mut BTreeSet<String>,
) -> usize {
    let mut place = place.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) if word == "super" => {
                place.pop();
            }
            Some(TokenTree::Ident(word)) if word == "self" => {}
            Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {}
            // At the crate's root the next name is a module's; anywhere else it is one below.
            Some(TokenTree::Ident(word)) => {
                if place.is_empty() {
                    used.insert(word.to_string());
                }
                return at + 1;
            }
            Some(TokenTree::Group(several)) if place.is_empty() => {
                let inner: Vec<TokenTree> = several.stream().into_iter().collect();
                for branch in inner.split(is_comma) {
                    follow(branch, 0, &place, used);
                }
                return at + 1;
            }
            _ => return at,
        }
        at += 1;
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn sources(dir: &Path, to: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// The modules a file is in: `["exec", "plan"]` for `exec/plan/mod.rs`.
fn place_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.iter().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// What is wrong with the imports of a file at `path` below `src`.
fn violations(path: &Path, source: &str) -> Vec<String> {
    let place = place_of(path);
    let parts: Vec<&str> = place.iter().map(String::as_str).collect();
    let all = reachable();
    let Some(allowed) = all.get(parts[0]) else {
        return vec![format!("{}: `{}` is not on the street", path.display(), parts[0])];
    };
    used_modules(source, &parts)
        .into_iter()
        .filter(|used| !allowed.contains(used.as_str()))
        .map(|used| format!("{}: `{}` must not use `{used}`", path.display(), parts[0]))
        .collect()
}

#[test]
fn modules_import_down_the_street_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "found {} files only", paths.len());
    let mut wrong = Vec::new();
    for path in paths {
        let below = path.strip_prefix(&src).unwrap();
        if below != Path::new("lib.rs") {
            wrong.extend(violations(below, &fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_up_the_street_is_found_however_it_is_written() {
    let found = |path: &str, source: &str| violations(Path::new(path), source);
    let wrong = ["graph/node.rs: `graph` must not use `summary`"];
    assert_eq!(found("graph/node.rs", "use crate::summary::SummaryWriter;"), wrong);
    assert_eq!(found("graph/node.rs", "use crate::{graph::{Op, Shape}, summary};"), wrong);
    assert_eq!(found("graph/node.rs", "fn f() { crate::summary::f(); }"), wrong);
    assert_eq!(found("graph/node.rs", "use super::super::summary::Histogram;"), wrong);
    assert_eq!(found("graph/node.rs", "m! { x => crate::summary::f }"), wrong);
    let nested = "mod tests { use super::super::super::summary::Histogram; }";
    assert_eq!(found("graph/node.rs", nested), wrong);
    let sideways = found("summary/text.rs", "use crate::logdir::Run;");
    assert_eq!(sideways, ["summary/text.rs: `summary` must not use `logdir`"]);
    let unknown = found("helpers.rs", "");
    assert_eq!(unknown, ["helpers.rs: `helpers` is not on the street"]);
}

#[test]
fn an_import_down_the_street_is_none_of_its_business() {
    let none = |path: &str, source: &str| {
        assert_eq!(violations(Path::new(path), source), Vec::<String>::new());
    };
    none("trainer/describe.rs", "use crate::graph::Graph; use crate::summary::GraphNode;");
    none("trainer/mod.rs", "mod model; pub use model::Model; use crate::types::Step;");
    none("cli/mod.rs", "use crate::logdir::Logdir; use crate::event::EventReader;");
    none("graph/ops/mod.rs", "// use crate::summary\nconst TEXT: &str = \"crate::summary\";");
    none("graph/ops/unary.rs", "use super::super::{GraphBuilder, NodeId}; use super::Rule;");
    none("bin/experiment.rs", "fn main() { runboard::cli::main() }");
}
