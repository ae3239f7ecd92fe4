//! Tables on the terminal, aligned by width: a Korean syllable takes two columns.

use comfy_table::{ContentArrangement, Table};

/// Columns of the terminal, or of a page where there is none.
pub(super) fn terminal_width() -> usize {
    match console::Term::stdout().size_checked() {
        Some((_, columns)) if columns >= 40 => columns.into(),
        _ => 80,
    }
}

/// A table under a row of headings that fits the terminal; cells that do not are wrapped.
pub(super) fn render<R: IntoIterator<Item = String>>(
    headings: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> String {
    render_with_gap(headings, rows, 3)
}

/// The same with so many columns between cells, at least 1.
pub(super) fn render_with_gap<R: IntoIterator<Item = String>>(
    headings: &[&str],
    rows: impl IntoIterator<Item = R>,
    gap: usize,
) -> String {
    let mut table = Table::new();
    table.load_preset("     ──            ");
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(terminal_width() as u16);
    table.set_header(headings);
    table.add_rows(rows.into_iter().map(|row| row.into_iter().collect::<Vec<String>>()));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, gap as u16 - 1)); // and one for the line there is not
    });
    let text = table.to_string();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
