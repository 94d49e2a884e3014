//! `derive(Read)`: a type lists its fields for the crate `reader`.
//!
//! It follows what `serde` is told of the same type: on the type `rename_all`, `default` and `from`, on fields and variants
//! `rename` and `default`, where a field that is missing is `Read::empty`. An attribute that would change how the type is read
//! and is not one of these is refused, and so are types with parameters.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Code;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Type};

/// The most fields of an object.
const FIELDS_MAX: usize = 64;

/// See the crate `reader`.
#[proc_macro_derive(Read, attributes(serde))]
pub fn read(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    whole(&input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// What `serde` is told.
#[derive(Default)]
struct Told {
    rename: Option<String>,
    rename_all: Option<String>,
    is_default: bool,
    from: Option<Type>,
}

impl Told {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut told = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let text = || meta.value()?.parse::<LitStr>();
                if meta.path.is_ident("rename") {
                    told.rename = Some(text()?.value());
                } else if meta.path.is_ident("rename_all") {
                    told.rename_all = Some(text()?.value());
                } else if meta.path.is_ident("default") {
                    told.is_default = true;
                } else if meta.path.is_ident("from") {
                    told.from = Some(text()?.parse()?);
                } else if meta.path.is_ident("into") || meta.path.is_ident("skip_serializing_if") {
                    text()?;
                } else {
                    return Err(meta.error("the reader does not know this attribute"));
                }
                Ok(())
            })?;
        }
        Ok(told)
    }

    /// The name on the wire of what is called `ident` in a type of which that is told.
    fn name(&self, ident: &Ident, of_type: &Self) -> Result<String> {
        let name = ident.to_string();
        let name = name.trim_start_matches("r#");
        match (&self.rename, of_type.rename_all.as_deref()) {
            (Some(renamed), _) => Ok(renamed.clone()),
            (None, None) => Ok(name.to_owned()),
            (None, Some("lowercase")) => Ok(name.to_lowercase()),
            (None, Some("snake_case")) => Ok(apart(name, '_')),
            (None, Some("kebab-case")) => Ok(apart(name, '-')),
            (None, Some("camelCase")) => Ok(camel(name)),
            (None, Some(_)) => Err(Error::new(
                ident.span(),
                "the reader does not know this case",
            )),
        }
    }
}

/// `SomeName` or `some_name` in small letters, its words apart.
fn apart(name: &str, sign: char) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter == '_' {
            out.push(sign);
        } else if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push(sign);
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter.to_ascii_lowercase());
        }
    }
    out
}

/// `SomeName` or `some_name` as `someName`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut begins = false;
    for letter in name.chars() {
        if letter == '_' {
            begins = true;
        } else if out.is_empty() {
            out.push(letter.to_ascii_lowercase());
        } else if begins {
            out.push(letter.to_ascii_uppercase());
            begins = false;
        } else {
            out.push(letter);
        }
    }
    out
}

fn whole(input: &DeriveInput) -> Result<Code> {
    let told = Told::of(&input.attrs)?;
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "the reader does not read types with parameters",
        ));
    }
    let (mut empty, read) = match (&told.from, &input.data) {
        (Some(from), _) => {
            let empty = quote!(::core::convert::From::from(<#from as ::reader::Read>::empty()));
            let read = quote! {
                let mut read = <#from as ::reader::Read>::empty();
                ::reader::Read::read(&mut read, reader)?;
                *self = ::core::convert::From::from(read);
                Ok(())
            };
            (empty, read)
        }
        (None, Data::Struct(data)) => of_struct(&data.fields, &told)?,
        (None, Data::Enum(data)) => of_enum(data, &told)?,
        (None, Data::Union(_)) => {
            return Err(Error::new_spanned(input, "the reader does not read unions"));
        }
    };
    if told.is_default {
        empty = quote!(::core::default::Default::default());
    }
    let name = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        impl ::reader::Read for #name {
            fn empty() -> Self {
                #empty
            }

            fn read(
                &mut self,
                reader: &mut ::reader::Reader<'_>,
            ) -> ::core::result::Result<(), ::reader::Unreadable> {
                #read
            }
        }
    })
}

/// The fields of an object as the reader takes them, each at a place; and those that may be missing.
fn object(fields: &Fields, told: &Told, place: impl Fn(&Ident) -> Code) -> Result<Code> {
    if fields.len() > FIELDS_MAX {
        return Err(Error::new_spanned(
            fields,
            format!("the reader reads at most {FIELDS_MAX} fields"),
        ));
    }
    let mut list = Vec::new();
    let mut may_lack = 0_u64;
    for (at, field) in fields.iter().enumerate() {
        let of_field = Told::of(&field.attrs)?;
        let Some(ident) = &field.ident else { continue };
        let (name, place) = (of_field.name(ident, told)?, place(ident));
        list.push(quote!((#name, #place)));
        may_lack |= u64::from(of_field.is_default || told.is_default) << at;
    }
    Ok(quote!(reader.object(&mut [#(#list),*], #may_lack)))
}

fn of_struct(fields: &Fields, told: &Told) -> Result<(Code, Code)> {
    match fields {
        Fields::Named(named) => {
            let names = named.named.iter().filter_map(|field| field.ident.as_ref());
            let empty = quote!(Self { #(#names: ::reader::Read::empty()),* });
            let read = object(fields, told, |ident| quote!(&mut self.#ident))?;
            Ok((empty, read))
        }
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => Ok((
            quote!(Self(::reader::Read::empty())),
            quote!(::reader::Read::read(&mut self.0, reader)),
        )),
        _ => Err(Error::new_spanned(
            fields,
            "the reader reads structs with names, or with one value",
        )),
    }
}

fn of_enum(data: &syn::DataEnum, told: &Told) -> Result<(Code, Code)> {
    let mut names = Vec::new();
    let mut empties = Vec::new();
    let mut arms = Vec::new();
    for (index, variant) in data.variants.iter().enumerate() {
        let ident = &variant.ident;
        let of_variant = Told::of(&variant.attrs)?;
        if of_variant.rename_all.is_some() {
            return Err(Error::new_spanned(
                variant,
                "the reader does not rename the fields of a variant",
            ));
        }
        names.push(of_variant.name(ident, told)?);
        let places: Vec<Ident> = match &variant.fields {
            Fields::Named(named) => {
                let idents = named.named.iter().filter_map(|field| field.ident.clone());
                idents.collect()
            }
            Fields::Unnamed(unnamed) => {
                let places = 0..unnamed.unnamed.len();
                places.map(|place| format_ident!("place_{place}")).collect()
            }
            Fields::Unit => Vec::new(),
        };
        let empty = quote!(#(let mut #places = ::reader::Read::empty();)*);
        let (made, read) = match &variant.fields {
            Fields::Unit => {
                empties.push(quote!(Self::#ident));
                arms.push(quote!(#index => { reader.end(variant, None)?; *self = Self::#ident; }));
                continue;
            }
            Fields::Named(_) => (
                quote!(Self::#ident { #(#places),* }),
                // What is told of the type is told of the names of its variants.
                object(
                    &variant.fields,
                    &Told::default(),
                    |ident| quote!(&mut #ident),
                )?,
            ),
            Fields::Unnamed(_) if places.len() == 1 => (
                quote!(Self::#ident(#(#places),*)),
                quote!(#(::reader::Read::read(&mut #places, reader))*),
            ),
            Fields::Unnamed(_) => (
                quote!(Self::#ident(#(#places),*)),
                quote!(reader.tuple(&mut [#(&mut #places),*])),
            ),
        };
        empties.push(quote!({ #(let #places = ::reader::Read::empty();)* #made }));
        arms.push(quote! {
            #index => {
                #empty
                reader.end(variant, Some(&mut |reader| #read))?;
                *self = #made;
            }
        });
    }
    let Some(empty) = empties.first() else {
        return Ok((quote!(match () {}), quote!(match *self {})));
    };
    let read = quote! {
        let variant = reader.variant(&[#(#names),*])?;
        match variant.index {
            #(#arms)*
            _ => {}
        }
        Ok(())
    };
    Ok((empty.clone(), read))
}
