//! Makes `src/proto/tensorboard.rs` of the `.proto` files; `--check` only compares.
//!
//! prost-build writes structs with `#[derive(::prost::Message)]`. The tracker is to build without
//! derive macros (and the parser crates behind them), so the derives of prost are expanded here,
//! by the compiler itself, in a scratch crate; those of std stay as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

const FILES: [&str; 7] = [
    "event.proto",
    "graph.proto",
    "hparams.proto",
    "plugins.proto",
    "run_metadata.proto",
    "summary.proto",
    "tensor.proto",
];

const HEADER: &str = "\
// Made by proto/codegen of the .proto files in proto/. Do not edit: see proto/README.md.
";

/// Carries std's derives through the expansion as a doc comment.
const MARK: &str = "std derives: ";

fn main() -> Result<()> {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        arguments => bail!("unknown arguments {arguments:?}, want none or `--check`"),
    };
    let codegen = Path::new(env!("CARGO_MANIFEST_DIR"));
    let proto = codegen.parent().context("codegen lies in proto/")?;
    let target = proto.with_file_name("src").join("proto").join("tensorboard.rs");

    let scratch = codegen.join("target").join("scratch");
    let generated = generate(proto, &scratch)?;
    let expanded = expand(&scratch, &generated)?;
    let code = with_std_derives(&format(&scratch, &tidy(&expanded))?);
    if check {
        let current = fs::read_to_string(&target).unwrap_or_default();
        ensure!(current == code, "{} is out of date: run proto/codegen", target.display());
    } else {
        fs::write(&target, code)?;
    }
    Ok(())
}

/// Runs prost-build and returns what it wrote, with std's derives hidden from the expansion.
fn generate(proto: &Path, scratch: &Path) -> Result<String> {
    fs::create_dir_all(scratch.join("src"))?;
    let descriptors = protox::compile(FILES, [proto])?;
    prost_build::Config::new().btree_map(["."]).out_dir(scratch).compile_fds(descriptors)?;
    let code = fs::read_to_string(scratch.join("tensorboard.rs"))?;
    let mut hidden = String::new();
    for line in code.lines() {
        match line.trim().strip_prefix("#[derive(").and_then(|rest| rest.strip_suffix(")]")) {
            Some(list) => {
                let (prost, std): (Vec<&str>, Vec<&str>) =
                    list.split(", ").partition(|name| name.starts_with("::prost"));
                hidden += &format!("#[doc = \"{MARK}{}\"]\n", std.join(", "));
                hidden += &format!("#[derive({})]\n", prost.join(", "));
            }
            None => {
                hidden += line;
                hidden += "\n";
            }
        }
    }
    Ok(hidden)
}

/// Lets the compiler expand the derives in a crate of their own.
fn expand(scratch: &Path, code: &str) -> Result<String> {
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [workspace]\n[dependencies]\nprost = \"0.14\"\n",
    )?;
    fs::write(scratch.join("src").join("lib.rs"), code)?;
    let output = Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--lib", "--", "-Zunpretty=expanded"])
        .current_dir(scratch)
        .env("RUSTC_BOOTSTRAP", "1") // `-Z` on a stable compiler, for this scratch crate alone
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Takes away what only the compiler may write, and shows std's derives again.
fn tidy(expanded: &str) -> String {
    let mut code = String::from(HEADER);
    let mut in_attribute = false;
    for line in expanded.lines() {
        let trimmed = line.trim();
        let prelude = trimmed.starts_with("extern crate std")
            || trimmed.starts_with("use std::prelude")
            || trimmed.starts_with("#![feature(")
            || trimmed.starts_with("#[macro_use]")
            || trimmed.starts_with("#[prelude_import]")
            || trimmed.starts_with("#[automatically_derived]")
            || trimmed.starts_with("#[doc(hidden)]")
            || trimmed.starts_with("#[allow(dead_code)]");
        in_attribute |= trimmed.starts_with("#[prost(");
        if in_attribute {
            in_attribute = !trimmed.ends_with(")]");
            continue;
        }
        if !prelude {
            code += line;
            code += "\n";
        }
    }
    // The macro that panics is stable, the function it calls is not.
    code.replace("::core::panicking::panic_fmt(", "::core::panic!(\"{}\", ")
}

/// Turns the marks, each on one line by now, back into derives.
fn with_std_derives(code: &str) -> String {
    let mark = format!("#[doc = \"{MARK}");
    let mut pieces = code.split(mark.as_str());
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (list, rest) = piece.split_once("\"]").expect("a mark ends");
        result += &format!("#[derive({list})]{rest}");
    }
    result
}

/// Runs rustfmt.
fn format(scratch: &Path, code: &str) -> Result<String> {
    let file: PathBuf = scratch.join("formatted.rs");
    fs::write(&file, code)?;
    let status = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=100,use_small_heuristics=Max"])
        .arg(&file)
        .status()
        .context("running rustfmt")?;
    ensure!(status.success(), "rustfmt failed");
    Ok(fs::read_to_string(&file)?)
}
