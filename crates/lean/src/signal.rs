//! Signals, memos and what else keeps a value, with one copy of their code.
//!
//! With Leptos each kind of value brings its own signal, memo and action into the program, some 3 kB each. Here they hold
//! a box, Leptos' own hold that, and only what a page does with the value is written for it.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use leptos_itself::prelude as itself;
use leptos_itself::prelude::{
    GetValue as _, Read as _, ReadUntracked as _, ReadValue as _, Set as _, SetValue as _,
    Write as _, WriteValue as _,
};
use leptos_itself::reactive::computed::ScopedFuture;

/// A value of some kind.
type Value = Box<dyn Any + Send + Sync>;
/// Works a value out.
type Derive = Arc<dyn Fn() -> Value + Send + Sync>;
/// Works a value out anew.
type Recompute = Box<dyn Fn(Option<&Value>) -> Value + Send + Sync>;
/// Whether a value is another one.
type Differs = fn(Option<&Value>, Option<&Value>) -> bool;
/// What an action does with what it is given.
type Run = Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Value>>> + Send + Sync>;

fn boxed<T: Send + Sync + 'static>(value: T) -> Value {
    Box::new(value)
}

#[expect(
    clippy::unreachable,
    reason = "what is kept is made and read by one type of handle"
)]
fn held<T: 'static>(value: &Value) -> &T {
    match (**value).downcast_ref() {
        Some(value) => value,
        None => unreachable!(),
    }
}

#[expect(
    clippy::unreachable,
    reason = "what is kept is made and read by one type of handle"
)]
fn held_mut<T: 'static>(value: &mut Value) -> &mut T {
    match (**value).downcast_mut() {
        Some(value) => value,
        None => unreachable!(),
    }
}

/// Where a value is read.
#[derive(Clone, Copy)]
enum Source {
    Signal(itself::RwSignal<Value>),
    Memo(itself::Memo<Value>),
    Derived(itself::StoredValue<Derive>),
    Kept(itself::StoredValue<Arc<Value>>),
}

/// A value while it is read.
enum Seen<S, M> {
    Signal(S),
    Memo(M),
    Own(Value),
    Kept(Arc<Value>),
}

impl<S: Deref<Target = Value>, M: Deref<Target = Value>> Deref for Seen<S, M> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Signal(value) => value,
            Self::Memo(value) => value,
            Self::Own(value) => value,
            Self::Kept(value) => value,
        }
    }
}

/// The value of a source, followed or not; `None` when the source is gone.
#[inline(never)]
fn look(source: Source, is_followed: bool) -> Option<impl Deref<Target = Value>> {
    Some(match (source, is_followed) {
        (Source::Signal(signal), true) => Seen::Signal(signal.try_read()?),
        (Source::Signal(signal), false) => Seen::Signal(signal.try_read_untracked()?),
        (Source::Memo(memo), true) => Seen::Memo(memo.try_read()?),
        (Source::Memo(memo), false) => Seen::Memo(memo.try_read_untracked()?),
        (Source::Derived(derive), true) => Seen::Own(derive.try_get_value()?()),
        (Source::Derived(derive), false) => {
            let derive = derive.try_get_value()?;
            Seen::Own(itself::untrack(|| derive()))
        }
        (Source::Kept(kept), _) => Seen::Kept(kept.try_get_value()?),
    })
}

#[cold]
#[cfg_attr(debug_assertions, track_caller)]
#[expect(
    clippy::panic,
    reason = "as Leptos does: a page reads what it has let go of"
)]
fn gone() -> ! {
    panic!("A value is read after what it belongs to has ended.")
}

macro_rules! reads {
    ($handle:ident) => {
        impl<T> $handle<T> {
            /// What a look at the value gives; whoever looks is told when it changes.
            #[cfg_attr(debug_assertions, track_caller)]
            pub fn with<U>(&self, see: impl FnOnce(&T) -> U) -> U
            where
                T: 'static,
            {
                self.try_look(true, see).unwrap_or_else(|| gone())
            }

            /// What a look at the value gives.
            #[cfg_attr(debug_assertions, track_caller)]
            pub fn with_untracked<U>(&self, see: impl FnOnce(&T) -> U) -> U
            where
                T: 'static,
            {
                self.try_look(false, see).unwrap_or_else(|| gone())
            }

            /// What a look at the value gives; `None` when it is gone.
            pub fn try_with_untracked<U>(&self, see: impl FnOnce(&T) -> U) -> Option<U>
            where
                T: 'static,
            {
                self.try_look(false, see)
            }

            /// A copy of the value; whoever asks is told when it changes.
            #[cfg_attr(debug_assertions, track_caller)]
            pub fn get(&self) -> T
            where
                T: Clone + 'static,
            {
                self.try_look(true, T::clone).unwrap_or_else(|| gone())
            }

            /// A copy of the value.
            #[cfg_attr(debug_assertions, track_caller)]
            pub fn get_untracked(&self) -> T
            where
                T: Clone + 'static,
            {
                self.try_look(false, T::clone).unwrap_or_else(|| gone())
            }

            /// A copy of the value; `None` when it is gone.
            pub fn try_get_untracked(&self) -> Option<T>
            where
                T: Clone + 'static,
            {
                self.try_look(false, T::clone)
            }

            /// Whoever calls this is told when the value changes.
            pub fn track(&self) {
                track(self.source());
            }

            fn try_look<U>(&self, is_followed: bool, see: impl FnOnce(&T) -> U) -> Option<U>
            where
                T: 'static,
            {
                let value = look(self.source(), is_followed)?;
                Some(see(held(&value)))
            }
        }

        impl<T> Clone for $handle<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $handle<T> {}

        impl<T> fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($handle))
            }
        }
    };
}

/// Whoever calls this is told when the value changes. It is read: a memo that is only followed would never be worked out,
/// and so never be another.
#[inline(never)]
fn track(source: Source) {
    drop(look(source, true));
}

/// As Leptos' type of this name: a value that is read, written and followed.
pub struct RwSignal<T>(itself::RwSignal<Value>, PhantomData<fn() -> T>);

reads!(RwSignal);

#[inline(never)]
#[cfg_attr(debug_assertions, track_caller)]
fn signal(value: Value) -> itself::RwSignal<Value> {
    itself::RwSignal::new(value)
}

#[inline(never)]
fn set(signal: itself::RwSignal<Value>, value: Value) -> bool {
    signal.try_set(value).is_none()
}

#[inline(never)]
fn open(signal: &itself::RwSignal<Value>) -> Option<impl std::ops::DerefMut<Target = Value> + '_> {
    signal.try_write()
}

impl<T> RwSignal<T> {
    /// Of a value.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn new(value: T) -> Self
    where
        T: Send + Sync + 'static,
    {
        Self(signal(boxed(value)), PhantomData)
    }

    const fn source(self) -> Source {
        Source::Signal(self.0)
    }

    /// Puts another value there, and tells whoever follows it. Nothing happens when the signal is gone.
    pub fn set(&self, value: T)
    where
        T: Send + Sync + 'static,
    {
        set(self.0, boxed(value));
    }

    /// As [`Self::set`], and says whether the signal was there.
    pub fn try_set(&self, value: T) -> bool
    where
        T: Send + Sync + 'static,
    {
        set(self.0, boxed(value))
    }

    /// Changes the value, and tells whoever follows it. Nothing happens when the signal is gone.
    pub fn update(&self, change: impl FnOnce(&mut T))
    where
        T: 'static,
    {
        self.try_update(change);
    }

    /// As [`Self::update`], with what the change gives; `None` when the signal is gone.
    pub fn try_update<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U>
    where
        T: 'static,
    {
        let mut value = open(&self.0)?;
        Some(change(held_mut(&mut value)))
    }

    /// As [`Self::try_update`], and nobody is told.
    pub fn try_update_untracked<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U>
    where
        T: 'static,
    {
        let mut value = self.0.try_write_untracked()?;
        Some(change(held_mut(&mut value)))
    }
}

impl<T: Default + Send + Sync + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// As Leptos' type of this name: a signal that is there as long as somebody has it.
pub struct ArcRwSignal<T>(itself::ArcRwSignal<Value>, PhantomData<fn() -> T>);

impl<T> ArcRwSignal<T> {
    /// Of a value.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn new(value: T) -> Self
    where
        T: Send + Sync + 'static,
    {
        Self(itself::ArcRwSignal::new(boxed(value)), PhantomData)
    }

    /// A copy of the value.
    pub fn get_untracked(&self) -> T
    where
        T: Clone + 'static,
    {
        self.with_untracked(T::clone)
    }

    /// What a look at the value gives.
    pub fn with_untracked<U>(&self, see: impl FnOnce(&T) -> U) -> U
    where
        T: 'static,
    {
        see(held(&self.0.read_untracked()))
    }

    /// Puts another value there, and tells whoever follows it.
    pub fn set(&self, value: T)
    where
        T: Send + Sync + 'static,
    {
        self.0.set(boxed(value));
    }

    /// Changes the value, and tells whoever follows it.
    pub fn update(&self, change: impl FnOnce(&mut T))
    where
        T: 'static,
    {
        change(held_mut(&mut self.0.write()));
    }
}

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T> fmt::Debug for ArcRwSignal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArcRwSignal")
    }
}

impl<T> From<ArcRwSignal<T>> for RwSignal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

impl<T> From<RwSignal<T>> for ArcRwSignal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

/// As Leptos' type of this name: a value that is worked out anew when a signal that it reads changes, and heard of when
/// it is another then.
pub struct Memo<T>(itself::Memo<Value>, PhantomData<fn() -> T>);

reads!(Memo);

#[inline(never)]
#[cfg_attr(debug_assertions, track_caller)]
fn memo(work_out: Recompute, differs: Differs) -> itself::Memo<Value> {
    itself::Memo::new_with_compare(work_out, differs)
}

fn differs<T: PartialEq + 'static>(before: Option<&Value>, now: Option<&Value>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => held::<T>(before) != held::<T>(now),
        (None, None) => false,
        _ => true,
    }
}

impl<T> Memo<T> {
    /// Of how it is worked out, given what it was before.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn new(work_out: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let work_out = move |before: Option<&Value>| boxed(work_out(before.map(held)));
        Self(memo(Box::new(work_out), differs::<T>), PhantomData)
    }

    const fn source(self) -> Source {
        Source::Memo(self.0)
    }
}

/// As Leptos' type of this name: a value that is read and followed, wherever it comes from.
pub struct Signal<T>(Source, PhantomData<fn() -> T>);

reads!(Signal);

impl<T> Signal<T> {
    /// Worked out whenever it is read.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn derive(work_out: impl Fn() -> T + Send + Sync + 'static) -> Self
    where
        T: Send + Sync + 'static,
    {
        let work_out: Derive = Arc::new(move || boxed(work_out()));
        Self(
            Source::Derived(itself::StoredValue::new(work_out)),
            PhantomData,
        )
    }

    /// Of a value that stays.
    pub fn stored(value: T) -> Self
    where
        T: Send + Sync + 'static,
    {
        let kept = itself::StoredValue::new(Arc::new(boxed(value)));
        Self(Source::Kept(kept), PhantomData)
    }

    const fn source(self) -> Source {
        self.0
    }
}

impl<T: Send + Sync + 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl<T: Default + Send + Sync + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::stored(T::default())
    }
}

macro_rules! from_closures {
    ($($value:ty),*) => {
        $(impl<F: Fn() -> $value + Send + Sync + 'static> From<F> for Signal<$value> {
            fn from(work_out: F) -> Self {
                Self::derive(work_out)
            }
        })*
    };
}

from_closures!(String, Option<String>, Vec<f64>);

impl From<&str> for Signal<String> {
    fn from(value: &str) -> Self {
        Self::stored(value.to_owned())
    }
}

impl From<&str> for Signal<Option<String>> {
    fn from(value: &str) -> Self {
        Self::stored(Some(value.to_owned()))
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal.source(), PhantomData)
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self(memo.source(), PhantomData)
    }
}

/// As Leptos' type of this name: a value that nobody follows.
pub struct StoredValue<T>(itself::StoredValue<Value>, PhantomData<fn() -> T>);

#[inline(never)]
fn stored(value: Value) -> itself::StoredValue<Value> {
    itself::StoredValue::new(value)
}

#[inline(never)]
fn stored_read(value: itself::StoredValue<Value>) -> Option<impl Deref<Target = Value>> {
    value.try_read_value()
}

#[inline(never)]
fn stored_write(
    value: itself::StoredValue<Value>,
) -> Option<impl std::ops::DerefMut<Target = Value>> {
    value.try_write_value()
}

impl<T: 'static> StoredValue<T> {
    /// Of a value.
    pub fn new(value: T) -> Self
    where
        T: Send + Sync,
    {
        Self(stored(boxed(value)), PhantomData)
    }

    /// What a look at the value gives; `None` when it is gone.
    pub fn try_with_value<U>(&self, see: impl FnOnce(&T) -> U) -> Option<U> {
        let value = stored_read(self.0)?;
        Some(see(held(&value)))
    }

    /// What a look at the value gives.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn with_value<U>(&self, see: impl FnOnce(&T) -> U) -> U {
        self.try_with_value(see).unwrap_or_else(|| gone())
    }

    /// A copy of the value; `None` when it is gone.
    pub fn try_get_value(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_value(T::clone)
    }

    /// A copy of the value.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn get_value(&self) -> T
    where
        T: Clone,
    {
        self.with_value(T::clone)
    }

    /// Changes the value, with what the change gives; `None` when it is gone.
    pub fn try_update_value<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let mut value = stored_write(self.0)?;
        Some(change(held_mut(&mut value)))
    }

    /// Changes the value. Nothing happens when it is gone.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }

    /// Puts another value there. Nothing happens when it is gone.
    pub fn set_value(&self, value: T)
    where
        T: Send + Sync,
    {
        self.try_set_value(value);
    }

    /// As [`Self::set_value`], and says whether it was there.
    pub fn try_set_value(&self, value: T) -> bool
    where
        T: Send + Sync,
    {
        // What is given back was not put there.
        self.0.try_set_value(boxed(value)).is_none()
    }
}

impl<T: Default + Send + Sync + 'static> Default for StoredValue<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T> fmt::Debug for StoredValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredValue")
    }
}

/// As Leptos' type of this name: something that takes a while, done when it is dispatched. Of several at once only the last
/// one's outcome counts, where Leptos takes each as it comes.
pub struct Action<I, O> {
    run: itself::StoredValue<Run>,
    value: RwSignal<Option<O>>,
    /// How many are under way.
    under_way: RwSignal<usize>,
    turn: StoredValue<usize>,
    /// How many came to their end and count.
    version: RwSignal<usize>,
    takes: PhantomData<fn(I)>,
}

impl<I, O> Action<I, O>
where
    I: Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    /// Of what is done with what is given.
    pub fn new<F, Fut>(act: F) -> Self
    where
        F: Fn(&I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = O> + 'static,
    {
        Self::new_with_value(None, act)
    }

    /// Of what is done with what is given, where something came of it already.
    pub fn new_with_value<F, Fut>(value: Option<O>, act: F) -> Self
    where
        F: Fn(&I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = O> + 'static,
    {
        let run: Run = Arc::new(move |input| {
            let doing = act(held(&input));
            Box::pin(async move { boxed(Some(doing.await)) })
        });
        Self {
            run: itself::StoredValue::new(run),
            value: RwSignal::new(value),
            under_way: RwSignal::new(0),
            turn: StoredValue::new(0),
            version: RwSignal::new(0),
            takes: PhantomData,
        }
    }

    /// Does it.
    pub fn dispatch(&self, input: I) {
        let Some(run) = self.run.try_get_value() else {
            return;
        };
        let doing = itself::untrack(|| run(boxed(input)));
        dispatch(doing, self.value.0, self.under_way, self.turn, self.version);
    }

    /// What came of the last one.
    pub const fn value(&self) -> RwSignal<Option<O>> {
        self.value
    }

    /// How many times something came of it.
    pub const fn version(&self) -> RwSignal<usize> {
        self.version
    }

    /// Whether one is under way.
    pub fn pending(&self) -> Memo<bool> {
        let under_way = self.under_way;
        Memo::new(move |_| under_way.get() > 0)
    }
}

#[inline(never)]
fn dispatch(
    doing: Pin<Box<dyn Future<Output = Value>>>,
    value: itself::RwSignal<Value>,
    under_way: RwSignal<usize>,
    turn: StoredValue<usize>,
    version: RwSignal<usize>,
) {
    let now = turn.try_update_value(|turn| {
        *turn += 1;
        *turn
    });
    under_way.update(|count| *count += 1);
    // What is under way keeps an owner of its own, so that the view it was asked from ends when that is replaced.
    let doing = itself::Owner::new().with(|| ScopedFuture::new_untracked(doing));
    leptos_itself::task::spawn_local(async move {
        let done = doing.await;
        if turn.try_get_value() == now {
            version.update(|version| *version += 1);
            set(value, done);
        }
        under_way.update(|count| *count -= 1);
    });
}

impl<I, O> Clone for Action<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Action<I, O> {}

impl<I, O> fmt::Debug for Action<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Action")
    }
}
