//! Which operation of a run: the parts around it, its name, its key or which repeat it is.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use workflow_tracker::events::Identity;

/// Which operation of a run: never its place in the source, never the order of polls.
///
/// One that the code names is cloned without an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OperationId {
    pub(crate) path: PartPath,
    pub(crate) name: Cow<'static, str>,
    pub(crate) key: Option<Arc<str>>,
    /// Which repeat of this path, name and key, from 1.
    pub(crate) ordinal: u32,
}

impl OperationId {
    /// The identity as events carry it, beside the name.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            key: self.key.as_deref().map(str::to_owned),
            ordinal: (self.ordinal > 1).then_some(self.ordinal),
            path: self.path.0.as_deref().map(str::to_owned),
        }
    }

    pub(crate) fn recorded(name: String, identity: Identity) -> Self {
        Self {
            path: PartPath(identity.path.map(Arc::from)),
            name: name.into(),
            key: identity.key.map(Arc::from),
            ordinal: identity.ordinal.unwrap_or(1),
        }
    }

    /// Writes the identity, with these characters of its key escaped.
    fn write(&self, f: &mut impl fmt::Write, escape: &[char]) -> fmt::Result {
        write!(f, "{}{}", self.path, self.name)?;
        if let Some(key) = &self.key {
            f.write_char('[')?;
            for c in key.chars() {
                if escape.contains(&c) {
                    write!(f, "%{:02X}", u32::from(c))?;
                } else {
                    f.write_char(c)?;
                }
            }
            f.write_char(']')?;
        }
        if self.ordinal > 1 {
            write!(f, "#{}", self.ordinal)?;
        }
        Ok(())
    }
}

impl Hash for OperationId {
    /// Most identities have a name and an ordinal and nothing else: what is not there costs
    /// nothing.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.name.as_bytes());
        state.write_u32(self.ordinal);
        let others = [self.key.as_deref(), self.path.0.as_deref()];
        for other in others.into_iter().flatten() {
            state.write(other.as_bytes());
        }
    }
}

/// `invoices[42]/ship[a]#2`: no two identities are written alike.
impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &['%', ']'])
    }
}

/// An operation of one execution, by its place among those that are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OperationNo(pub(crate) usize);

/// The parts around an operation, outermost first: `invoices[42]/lines/`; nothing at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartPath(Option<Arc<str>>);

impl PartPath {
    /// The path of what is inside this part.
    ///
    /// Whatever a key contains, the path can be taken apart at its `/`.
    pub(crate) fn inside(part: &OperationId) -> Self {
        let mut path = String::new();
        part.write(&mut path, &['%', ']', '/'])
            .expect("a string takes everything");
        path.push('/');
        Self(Some(path.into()))
    }
}

impl fmt::Display for PartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(path: &PartPath, name: &'static str, key: Option<&str>, ordinal: u32) -> OperationId {
        OperationId {
            path: path.clone(),
            name: name.into(),
            key: key.map(Arc::from),
            ordinal,
        }
    }

    #[test]
    fn parts_stand_before_the_name() {
        let order = PartPath::inside(&id(&PartPath::default(), "invoices", Some("42"), 1));
        let lines = PartPath::inside(&id(&order, "lines", None, 2));
        let ship = id(&lines, "ship", Some("a/b"), 3);
        assert_eq!(ship.to_string(), "invoices[42]/lines#2/ship[a/b]#3");
        let identity = ship.identity();
        assert_eq!(identity.path.as_deref(), Some("invoices[42]/lines#2/"));
        assert_eq!(OperationId::recorded("ship".to_owned(), identity), ship);
    }

    #[test]
    fn at_the_top_there_is_no_path() {
        let charge = id(&PartPath::default(), "charge", None, 1);
        assert_eq!(charge.identity(), Identity::default());
        assert_eq!(charge.to_string(), "charge");
    }

    #[test]
    fn no_key_looks_like_a_path() {
        let top = PartPath::default();
        let part = PartPath::inside(&id(&top, "a", Some("x"), 1));
        let inside = id(&part, "b", Some("y"), 1);
        let outside = id(&top, "a", Some("x]/b[y"), 1);
        assert_ne!(inside.to_string(), outside.to_string());
        let odd = PartPath::inside(&id(&top, "a", Some("1/2] 100%"), 1));
        assert_eq!(odd.to_string(), "a[1%2F2%5D 100%25]/");
    }
}
