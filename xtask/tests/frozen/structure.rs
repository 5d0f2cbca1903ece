//! The structure of a WIT package: each interface, type, function and world by name, with its shape as lines of text.
//! Comments and the order of files do not count.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use wit_parser::{
    Function, FunctionKind, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem,
};

/// Name of an item to the lines of its shape, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Structure {
    pub(crate) version: String,
    pub(crate) items: BTreeMap<String, Vec<String>>,
}

/// Reads a folder with its `deps`.
pub(crate) fn of_folder(folder: &Path) -> Structure {
    let mut resolve = Resolve::default();
    let (package, _) =
        resolve.push_dir(folder).unwrap_or_else(|error| panic!("{} is not WIT: {error:#}", folder.display()));
    of_package(&resolve, package)
}

/// Reads one text.
pub(crate) fn of_text(text: &str) -> Structure {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("test.wit", text).unwrap();
    of_package(&resolve, package)
}

impl Structure {
    /// As a text to be looked at in a review.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("version {}\n", self.version);
        for (name, lines) in &self.items {
            write!(text, "\n{name}\n").unwrap();
            for line in lines {
                writeln!(text, "    {line}").unwrap();
            }
        }
        text
    }
}

fn of_package(resolve: &Resolve, package: PackageId) -> Structure {
    let package = &resolve.packages[package];
    let version = package.name.version.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut structure = Structure { version, ..Structure::default() };
    for (name, id) in &package.interfaces {
        let items = &mut structure.items;
        items.insert(format!("interface {name}"), vec![]);
        let reader = Reader { resolve, home: *id };
        let interface = &resolve.interfaces[*id];
        for (type_name, id) in &interface.types {
            if let Some((kind, lines)) = reader.definition(*id) {
                items.insert(format!("interface {name}, {kind} {type_name}"), lines);
            }
        }
        for (function_name, function) in &interface.functions {
            items.insert(format!("interface {name}, function {function_name}"), reader.function(function));
        }
    }
    for (name, id) in &package.worlds {
        let world = &resolve.worlds[*id];
        let mut lines = Vec::new();
        for (direction, items) in [("import", &world.imports), ("export", &world.exports)] {
            for (key, item) in items {
                assert!(matches!(item, WorldItem::Interface { .. }), "world {name}: only interfaces can be compared");
                lines.push(format!("{direction} {}", resolve.name_world_key(key)));
            }
        }
        lines.sort();
        structure.items.insert(format!("world {name}"), lines);
    }
    structure
}

/// Reads shapes as seen from one interface.
struct Reader<'a> {
    resolve: &'a Resolve,
    home: InterfaceId,
}

impl Reader<'_> {
    /// Kind and shape of a type that this interface defines; `None` for one that it merely uses.
    fn definition(&self, id: TypeId) -> Option<(&'static str, Vec<String>)> {
        let with_payload = |name: &str, payload: &Option<Type>| match payload {
            Some(payload) => format!("{name}({})", self.name(payload)),
            None => name.to_owned(),
        };
        Some(match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => (
                "record",
                record.fields.iter().map(|field| format!("{}: {}", field.name, self.name(&field.ty))).collect(),
            ),
            TypeDefKind::Variant(variant) => {
                ("variant", variant.cases.iter().map(|case| with_payload(&case.name, &case.ty)).collect())
            }
            TypeDefKind::Enum(choice) => ("enum", choice.cases.iter().map(|case| case.name.clone()).collect()),
            TypeDefKind::Flags(flags) => ("flags", flags.flags.iter().map(|flag| flag.name.clone()).collect()),
            TypeDefKind::Resource => ("resource", vec![]),
            TypeDefKind::Type(Type::Id(target))
                if self.resolve.types[*target].owner != TypeOwner::Interface(self.home) =>
            {
                return None;
            }
            kind => ("type", vec![self.shape(kind)]),
        })
    }

    fn function(&self, function: &Function) -> Vec<String> {
        let how = match function.kind {
            FunctionKind::Freestanding => "synchronous",
            FunctionKind::AsyncFreestanding => "async",
            _ => panic!("{}: methods of resources cannot be compared", function.name),
        };
        let mut lines = vec![how.to_owned()];
        lines.extend(function.params.iter().map(|param| format!("{}: {}", param.name, self.name(&param.ty))));
        lines.extend(function.result.iter().map(|result| format!("-> {}", self.name(result))));
        lines
    }

    fn name(&self, ty: &Type) -> String {
        let Type::Id(id) = ty else { return format!("{ty:?}").to_lowercase() };
        let definition = &self.resolve.types[*id];
        let Some(name) = &definition.name else { return self.shape(&definition.kind) };
        match (&definition.kind, definition.owner) {
            // Something that was taken over by `use`: its home counts, not the way here.
            (TypeDefKind::Type(Type::Id(target)), TypeOwner::Interface(owner))
                if self.resolve.types[*target].owner != TypeOwner::Interface(owner) =>
            {
                self.name(&Type::Id(*target))
            }
            (_, TypeOwner::Interface(owner)) if owner != self.home => {
                format!("{}.{name}", self.resolve.interfaces[owner].name.as_deref().unwrap_or("?"))
            }
            _ => name.clone(),
        }
    }

    fn shape(&self, kind: &TypeDefKind) -> String {
        let or_nothing = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| self.name(ty));
        match kind {
            TypeDefKind::Option(ty) => format!("option<{}>", self.name(ty)),
            TypeDefKind::List(ty) => format!("list<{}>", self.name(ty)),
            TypeDefKind::Tuple(tuple) => {
                format!("tuple<{}>", tuple.types.iter().map(|ty| self.name(ty)).collect::<Vec<_>>().join(", "))
            }
            TypeDefKind::Result(result) => format!("result<{}, {}>", or_nothing(&result.ok), or_nothing(&result.err)),
            TypeDefKind::Type(ty) => self.name(ty),
            other => format!("{other:?}"),
        }
    }
}
