//! The formulary, found by Chinese, pinyin, initials, generic name, alias or ATC code.

use std::collections::HashMap;

use super::Product;
use super::substance::{bare, same, substances};
use crate::ids::ProductId;
use crate::lookup::{Keys, best};

/// The site's products, ready to be searched. A site replaces the table as a whole.
#[derive(Clone, Debug, Default)]
pub struct Formulary {
    rows: Vec<(Keys, Product)>,
    /// Bare names of each row's product.
    bare: Vec<Vec<String>>,
    by_id: HashMap<ProductId, usize>,
}

impl Formulary {
    /// Pinyin and initials are computed here.
    pub fn new(products: Vec<Product>) -> Self {
        let keys = |p: &Product| {
            let names = std::iter::once(p.generic_zh.as_str())
                .chain(p.generic_en.as_deref())
                .chain(p.aliases.iter().map(String::as_str));
            Keys::new(p.atc.as_deref().unwrap_or_default(), names)
        };
        let by_id = products
            .iter()
            .enumerate()
            .map(|(i, p)| (p.id, i))
            .collect();
        let bare = products.iter().map(Product::bare_names).collect();
        Self {
            bare,
            rows: products.into_iter().map(|p| (keys(&p), p)).collect(),
            by_id,
        }
    }

    /// The products that fit, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Product> {
        best(
            self.rows.iter().map(|(keys, product)| (keys, product)),
            query,
            limit,
        )
    }

    /// The product with this id.
    pub fn get(&self, id: &ProductId) -> Option<&Product> {
        self.by_id
            .get(id)
            .and_then(|i| self.rows.get(*i))
            .map(|(_, product)| product)
    }

    /// ATC codes of the products that a text names, in whatever form, strength or brand.
    pub fn atcs_of(&self, text: &str) -> Vec<&str> {
        let named = substances(text);
        let of = |names: &[String]| names.iter().any(|n| named.iter().any(|s| same(s, n)));
        let rows = self.rows.iter().zip(&self.bare);
        rows.filter(|(_, names)| of(names))
            .filter_map(|((_, product), _)| product.atc.as_deref())
            .collect()
    }

    /// All products, in the table's order.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.rows.iter().map(|(_, product)| product)
    }
}

impl Product {
    /// What it is called, without dosage form, strength and salt.
    pub(crate) fn bare_names(&self) -> Vec<String> {
        std::iter::once(self.generic_zh.as_str())
            .chain(self.generic_en.as_deref())
            .chain(self.aliases.iter().map(String::as_str))
            .map(bare)
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// True when a text says its strength, with blanks and letters as people type them.
    pub fn is_of_strength(&self, text: &str) -> bool {
        let plain = |text: &str| -> String {
            let folded = crate::text::folded(text);
            folded.chars().filter(|c| !c.is_whitespace()).collect()
        };
        plain(text) == plain(&self.strength)
    }

    /// True when a text names it.
    pub(crate) fn is_named_in(&self, text: &str) -> bool {
        let names = self.bare_names();
        substances(text)
            .iter()
            .any(|listed| names.iter().any(|name| same(listed, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::demo_formulary;

    #[test]
    fn a_product_is_found_by_what_people_type() {
        let formulary = Formulary::new(demo_formulary().unwrap().body);
        for (query, name) in [
            ("氨氯地平", "苯磺酸氨氯地平片"),
            ("aldp", "苯磺酸氨氯地平片"),
            ("anlvdiping", "苯磺酸氨氯地平片"),
            ("络活喜", "苯磺酸氨氯地平片"),
            ("amlodipine", "苯磺酸氨氯地平片"),
            ("c08ca01", "苯磺酸氨氯地平片"),
            ("xbdp", "硝苯地平控释片"),
        ] {
            let hits = formulary.search(query, 10);
            assert!(
                hits.iter().any(|p| p.generic_zh == name),
                "{query}: {hits:?}"
            );
        }
        let first = formulary.search("氨氯地平", 1)[0];
        assert_eq!(formulary.get(&first.id), Some(first));
        assert!(formulary.search("zzzz", 10).is_empty());
    }
}
