//! The answers of one interview: those outside repeats, and those of each instance of a repeat.

use std::collections::HashMap;

use super::instance::Instance;
use crate::instrument::xpath::{Answers, Value, moment};
use crate::instrument::{Choice, Form, ListId, Metadata, NodeId, QuestionType};

/// Far above any household; each instance costs time wherever all of them are added up.
const MAX_INSTANCES: usize = 1_000;

/// The instance of a repeat that answers lie in; the first is the interview outside all repeats.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    repeat: Option<NodeId>,
    /// The place, among the frames, of the one around it.
    around: usize,
    /// Which instance of its repeat it is, counted from 1.
    position: usize,
    /// The first question it has room for.
    base: usize,
    sent: Vec<Option<&'a str>>,
    answers: Vec<Value<'a>>,
    relevant: Vec<bool>,
}

#[derive(Debug)]
pub(super) struct Arena<'a> {
    pub(super) form: &'a Form,
    pub(super) frames: Vec<Frame<'a>>,
    /// The language in which choices are named while a calculation is compared.
    pub(super) language: usize,
    clock: &'a str,
}

/// A leaf that has no place in the form, or is in it twice.
pub(super) enum Misplaced {
    Unknown,
    Twice(NodeId),
    TooMany(NodeId),
}

impl<'a> Frame<'a> {
    fn new(repeat: Option<NodeId>, around: usize, position: usize, base: usize, length: usize) -> Frame<'a> {
        Frame {
            repeat,
            around,
            position,
            base,
            sent: vec![None; length],
            answers: vec![Value::EMPTY; length],
            relevant: vec![true; length],
        }
    }
}

impl<'a> Arena<'a> {
    pub(super) fn new(form: &'a Form, instance: &'a Instance, misplaced: &mut dyn FnMut(Misplaced)) -> Arena<'a> {
        let mut arena = Arena { form, frames: vec![Frame::new(None, 0, 1, 0, form.nodes.len())], language: 0, clock: "" };
        let mut frame_of: HashMap<u32, usize> = HashMap::new();
        for leaf in instance.leaves() {
            match form.at_path(leaf.path) {
                Some(id) => {
                    if let Some(frame) = arena.frame_of(instance, id, leaf.element, &mut frame_of) {
                        let slot = id.index() - arena.frames[frame].base;
                        if arena.frames[frame].sent[slot].replace(leaf.text).is_some() {
                            misplaced(Misplaced::Twice(id));
                        }
                    } else {
                        misplaced(Misplaced::TooMany(id));
                    }
                }
                // Written by clients of themselves; holds nothing when the form's instance_name is empty.
                None if leaf.path == "meta/instanceName" || (leaf.path == "meta" && leaf.text.is_empty()) => {}
                None => misplaced(Misplaced::Unknown),
            }
        }
        arena.clock = arena.sent_clock();
        arena
    }

    /// The frame that a question's element lies in, made where the element is the first of its instance.
    fn frame_of(&mut self, instance: &Instance, id: NodeId, element: u32, known: &mut HashMap<u32, usize>) -> Option<usize> {
        let form = self.form;
        let (mut element, mut repeat) = (element, Some(id));
        if form.node(id).kind != QuestionType::Repeat {
            repeat = form.repeat_of(id);
            let Some(repeat) = repeat else { return Some(0) };
            let n_up = form.ancestors(id).take_while(|a| *a != repeat).count() + 1;
            element = (0..n_up).fold(element, |e, _| instance.parents[e as usize]);
        }
        let repeat = repeat?;
        if let Some(frame) = known.get(&element) {
            return Some(*frame);
        }
        let around = match form.repeat_of(repeat) {
            None => 0,
            Some(_) => self.frame_of(instance, form.node(repeat).parent?, instance.parents[element as usize], known)?,
        };
        if self.frames.len() > MAX_INSTANCES {
            return None;
        }
        let position = self.frames.iter().filter(|f| f.repeat == Some(repeat) && f.around == around).count() + 1;
        let length = form.end_of(repeat) - repeat.index();
        self.frames.push(Frame::new(Some(repeat), around, position, repeat.index(), length));
        known.insert(element, self.frames.len() - 1);
        Some(self.frames.len() - 1)
    }

    /// The device's own time: the day it was told to note, or when the interview ended or began.
    fn sent_clock(&self) -> &'a str {
        [Metadata::End, Metadata::Start, Metadata::Today]
            .into_iter()
            .find_map(|m| {
                let id = self.form.ids().find(|id| self.form.node(*id).kind == QuestionType::Metadata(m))?;
                self.frames[0].sent[id.index()].filter(|t| !t.is_empty())
            })
            .unwrap_or("")
    }

    pub(super) fn at(&self, frame: usize) -> At<'_, 'a> {
        At { arena: self, frame }
    }

    /// The repeat in whose instances a question is answered; a repeat is in its own.
    fn repeat_with(&self, node: NodeId) -> Option<NodeId> {
        if matches!(self.form.node(node).kind, QuestionType::Repeat) { Some(node) } else { self.form.repeat_of(node) }
    }

    /// The frame in whose room a question's answer lies, seen from a frame in it or below it.
    fn home(&self, node: NodeId, from: usize) -> Option<usize> {
        let wanted = self.repeat_with(node);
        let mut frame = from;
        loop {
            if self.frames[frame].repeat == wanted {
                return Some(frame);
            }
            if frame == 0 {
                return None;
            }
            frame = self.frames[frame].around;
        }
    }

    pub(super) fn set(&mut self, node: NodeId, frame: usize, value: Value<'a>) {
        let frame = &mut self.frames[frame];
        frame.answers[node.index() - frame.base] = value;
    }

    pub(super) fn set_relevant(&mut self, node: NodeId, frame: usize, is_relevant: bool) {
        let frame = &mut self.frames[frame];
        frame.relevant[node.index() - frame.base] = is_relevant;
    }

    pub(super) fn is_relevant(&self, node: NodeId, from: usize) -> bool {
        self.home(node, from).is_none_or(|frame| self.frames[frame].relevant[node.index() - self.frames[frame].base])
    }

    pub(super) fn sent(&self, node: NodeId, frame: usize) -> &'a str {
        let frame = &self.frames[frame];
        frame.sent[node.index() - frame.base].unwrap_or_default()
    }

    pub(super) fn answer(&self, node: NodeId, frame: usize) -> &Value<'a> {
        let frame = &self.frames[frame];
        &frame.answers[node.index() - frame.base]
    }

    /// The frames in which a question is answered: one, but one for each instance of the repeat it lies in.
    pub(super) fn frames_with(&self, node: NodeId) -> impl Iterator<Item = usize> + use<'a> {
        let wanted = self.repeat_with(node);
        let found: Vec<usize> = match wanted {
            None => Vec::new(),
            Some(_) => (0..self.frames.len()).filter(|i| self.frames[*i].repeat == wanted).collect(),
        };
        wanted.is_none().then_some(0).into_iter().chain(found)
    }
}

/// An instance of a repeat that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated {
    pub repeat: NodeId,
    /// Which instance of the repeat it is in the whole interview, counted from 1.
    pub number: u32,
    /// The number of the instance around it; 0 where the repeat lies in none.
    pub around: u32,
    frame: usize,
}

impl Arena<'_> {
    /// Every instance that was asked, in the order of the interview.
    pub(super) fn repeated(&self) -> Vec<Repeated> {
        let mut found: Vec<Repeated> = Vec::new();
        let mut numbers: HashMap<NodeId, u32> = HashMap::new();
        for (frame, inner) in self.frames.iter().enumerate() {
            let Some(repeat) = inner.repeat.filter(|repeat| self.is_relevant(*repeat, frame)) else { continue };
            let number = numbers.entry(repeat).and_modify(|n| *n += 1).or_insert(1);
            let around = found.iter().find(|r| r.frame == inner.around).map_or(0, |r| r.number);
            found.push(Repeated { repeat, number: *number, around, frame });
        }
        found
    }

    pub(super) fn answer_in(&self, node: NodeId, place: &Repeated) -> &Value<'_> {
        self.answer(node, place.frame)
    }
}

/// The answers as a question in one frame sees them.
pub(super) struct At<'x, 'a> {
    arena: &'x Arena<'a>,
    frame: usize,
}

impl Answers for At<'_, '_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        if let Some(frame) = self.arena.home(node, self.frame) {
            return self.arena.answer(node, frame).clone();
        }
        let mut first = None;
        self.each(node, &mut |value| {
            if first.is_none() {
                first = Some(value.into_owned());
            }
        });
        first.unwrap_or(Value::EMPTY)
    }

    fn each(&self, node: NodeId, visit: &mut dyn FnMut(Value<'_>)) {
        let is_repeat = self.arena.form.node(node).kind == QuestionType::Repeat;
        match self.arena.home(node, self.frame).filter(|_| !is_repeat) {
            Some(frame) => {
                if self.arena.is_relevant(node, frame) {
                    visit(self.arena.answer(node, frame).clone());
                }
            }
            None if is_repeat => self.instances(node, &mut |_| visit(Value::EMPTY)),
            None => {
                if let Some(repeat) = self.arena.form.repeat_of(node) {
                    self.instances(repeat, &mut |inner| inner.each(node, visit));
                }
            }
        }
    }

    fn instances(&self, repeat: NodeId, visit: &mut dyn FnMut(&dyn Answers)) {
        let arena = self.arena;
        let around = arena
            .form
            .ancestors(repeat)
            .filter(|a| arena.form.node(*a).kind == QuestionType::Repeat)
            .find_map(|r| arena.home(r, self.frame));
        let lies_in = |frame: usize| {
            let chain = std::iter::successors(Some(frame), |f| (*f != 0).then(|| arena.frames[*f].around));
            around.is_none_or(|a| chain.into_iter().any(|f| f == a))
        };
        for frame in arena.frames_with(repeat).filter(|f| lies_in(*f) && arena.is_relevant(repeat, *f)) {
            visit(&arena.at(frame));
        }
    }

    fn position(&self, repeat: NodeId) -> usize {
        self.arena.home(repeat, self.frame).map_or(1, |frame| self.arena.frames[frame].position)
    }

    fn place(&self) -> usize {
        self.arena.frames[self.frame].position
    }

    fn choices(&self, list: ListId) -> &[Choice] {
        &self.arena.form.list(list).choices
    }

    fn choices_of(&self, node: NodeId) -> &[Choice] {
        self.arena.form.choices(self.arena.form.node(node).kind).unwrap_or_default()
    }

    fn language(&self) -> usize {
        self.arena.language
    }

    fn clock(&self) -> Value<'_> {
        moment(self.arena.clock).unwrap_or(Value::EMPTY)
    }
}
