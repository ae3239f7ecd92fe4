//! Node names: nested scopes joined by `/`, made unique as TensorFlow does (`MatMul`, `MatMul_1`).

use std::collections::{BTreeMap, BTreeSet};

/// Hands out unique names below the current scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    scopes: Vec<String>,
    taken: BTreeSet<String>,
    next_suffix: BTreeMap<String, usize>,
}

impl Names {
    /// The full name `base` would have if nothing else had it.
    pub(crate) fn wish(&self, base: &str) -> String {
        match self.scopes.last() {
            Some(scope) => format!("{scope}/{base}"),
            None => base.to_owned(),
        }
    }

    /// The full name of the current scope; empty outside of all.
    pub(crate) fn current(&self) -> &str {
        self.scopes.last().map_or("", String::as_str)
    }

    /// Takes a name for a node: the wish, or the wish with the first free `_1`, `_2`, ...
    pub(crate) fn take(&mut self, base: &str) -> String {
        let wish = self.wish(base);
        self.unique(wish)
    }

    /// Enters a scope below the current one; a second one of the same name becomes `name_1`.
    pub(crate) fn enter(&mut self, name: &str) {
        let wish = self.wish(name);
        let full = self.unique(wish);
        self.scopes.push(full);
    }

    /// Enters a scope by its full name, wherever one stands; it may have been entered before.
    pub(crate) fn enter_absolute(&mut self, full: &str) {
        self.taken.insert(full.to_owned());
        self.scopes.push(full.to_owned());
    }

    pub(crate) fn leave(&mut self) {
        self.scopes.pop();
    }

    fn unique(&mut self, wish: String) -> String {
        if self.taken.insert(wish.clone()) {
            return wish;
        }
        loop {
            let suffix = self.next_suffix.entry(wish.clone()).or_insert(1);
            let candidate = format!("{wish}_{suffix}");
            *suffix += 1;
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_gets_tensorflows_suffix() {
        let mut names = Names::default();
        assert_eq!(names.take("MatMul"), "MatMul");
        assert_eq!(names.take("MatMul"), "MatMul_1");
        assert_eq!(names.take("MatMul_1"), "MatMul_1_1");
        assert_eq!(names.take("MatMul"), "MatMul_2");
    }

    #[test]
    fn a_scope_entered_twice_is_two_scopes() {
        let mut names = Names::default();
        names.enter("Layer1");
        assert_eq!(names.take("weight"), "Layer1/weight");
        names.leave();
        names.enter("Layer1");
        assert_eq!(names.take("weight"), "Layer1_1/weight");
        names.leave();
        assert_eq!(names.take("weight"), "weight");
    }
}
