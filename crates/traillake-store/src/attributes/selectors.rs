//! Which events a store selects of its categories.
//!
//! In CloudTrail the selectors say which categories a store has; so it is here where it has selectors. They are for what
//! comes in live: an import of past logs ignores them unless it is told to apply them.

use traillake_event::category::EventCategory;
use traillake_event::selector::{AdvancedEventSelectors, Lists, Validation};

use super::options::Changes;
use super::{Attributes, categories};
use crate::error::Error;

impl Attributes {
    /// What the store selects: its own selectors, or all events of its categories.
    pub fn effective_selectors(&self) -> AdvancedEventSelectors {
        self.selectors.clone().unwrap_or_else(|| AdvancedEventSelectors::for_categories(&self.categories))
    }

    /// The categories of a store with these selectors.
    pub(super) fn selected_categories(
        selectors: &AdvancedEventSelectors,
        lists: Lists,
    ) -> Result<Vec<EventCategory>, Error> {
        let rules = Validation::event_data_store().with_lists(lists);
        selectors.validate(&rules).map_err(|source| Error::Selectors { source })?;
        Ok(selectors.categories())
    }

    /// Changes selectors and categories, which have to agree.
    pub(super) fn change_selection(&self, changes: &Changes, after: &mut Self) -> Result<(), Error> {
        after.selectors = changes.selectors.clone().unwrap_or_else(|| self.selectors.clone());
        let selected = match &after.selectors {
            // What was valid once is not held against other lists again.
            Some(selectors) if changes.selectors.is_none() => Some(selectors.categories()),
            Some(selectors) => Some(Self::selected_categories(selectors, changes.selector_lists)?),
            None => None,
        };
        let wanted = match (selected, &changes.categories) {
            (Some(selected), Some(categories)) if !categories::are_same(&selected, categories) => {
                return Err(Error::Combination {
                    attributes: "AdvancedEventSelectors and eventCategory",
                    expected: "the selectors name the categories: give selectors that name these, or remove them",
                });
            }
            (_, Some(categories)) => categories.clone(),
            (Some(selected), None) => selected,
            (None, None) => return Ok(()),
        };
        categories::check(&wanted)?;
        self.check_same_schema(&wanted)?;
        after.categories = wanted;
        after.check_event_configuration()
    }
}
