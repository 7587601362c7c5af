//! A parser for the C litmus tests that occur here, and for nothing else.
//!
//! What it does not know it refuses by name and line. In particular it accepts no plain access to shared memory, no loop
//! and no primitive that has no rule.

use super::ast::{Call, Condition, Expr, Litmus, Operator, Parameter, Statement, Thread};
use super::lex::{Token, lex};
use super::refusal::Refusal;
use super::rules::{self, Answer, Arguments, Effect, Rule};
use super::validate::validate;

/// Parses one test. `file` is for messages.
pub fn parse(file: &str, source: &str) -> Result<Litmus, Refusal> {
    let mut parser = Parser { file, tokens: lex(file, source)?, at: 0 };
    let litmus = parser.litmus()?;
    validate(file, &litmus)?;
    Ok(litmus)
}

struct Parser<'a> {
    file: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
}

impl Parser<'_> {
    fn litmus(&mut self) -> Result<Litmus, Refusal> {
        self.keyword("C")?;
        let name = self.title()?;
        let init = self.init()?;
        let mut threads = Vec::new();
        while !self.sees_name("exists") {
            threads.push(self.thread(threads.len())?);
        }
        self.keyword("exists")?;
        let exists = self.disjunction()?;
        match self.peek() {
            Token::End => Ok(Litmus { name, init, threads, exists }),
            other => Err(self.refuse(format!("{} after the exists clause", other.text()), "it has to end the file")),
        }
    }

    /// The rest of the first line: a name with dashes, which are words of their own to the lexer.
    fn title(&mut self) -> Result<String, Refusal> {
        let first = self.line();
        let mut title = String::new();
        while self.line() == first && *self.peek() != Token::End {
            title += &self.next().text();
        }
        Ok(title)
    }

    fn init(&mut self) -> Result<Vec<(String, i32)>, Refusal> {
        let mut init = Vec::new();
        self.mark("{")?;
        while !self.takes("}") {
            let name = self.name()?;
            self.mark("=")?;
            init.push((name, self.number()?));
            self.mark(";")?;
        }
        Ok(init)
    }

    fn thread(&mut self, index: usize) -> Result<Thread, Refusal> {
        self.keyword(&format!("P{index}"))?;
        self.mark("(")?;
        let mut parameters = Vec::new();
        while !self.takes(")") {
            let kind = self.name()?;
            let is_lock = match kind.as_str() {
                "int" | "atomic_t" => false,
                "spinlock_t" => true,
                _ => {
                    return Err(
                        self.refuse(format!("a parameter of type {kind}"), "int, atomic_t and spinlock_t are known")
                    );
                }
            };
            self.mark("*")?;
            parameters.push(Parameter { name: self.name()?, is_lock });
            self.takes(",");
        }
        Ok(Thread { parameters, body: self.block()? })
    }

    fn block(&mut self) -> Result<Vec<Statement>, Refusal> {
        let mut body = Vec::new();
        self.mark("{")?;
        while !self.takes("}") {
            body.push(self.statement()?);
        }
        Ok(body)
    }

    fn statement(&mut self) -> Result<Statement, Refusal> {
        if *self.peek() == Token::Mark("*") {
            return Err(self.refuse("a plain store to shared memory", "mark it with WRITE_ONCE"));
        }
        let name = self.name()?;
        match name.as_str() {
            "if" => self.branch(),
            "while" | "do" | "for" | "goto" | "switch" | "return" => {
                Err(self.refuse_last(&name, "unroll it into if and else"))
            }
            "int" => {
                let register = self.name()?;
                self.assignment(register)
            }
            _ if *self.peek() == Token::Mark("(") => {
                let call = self.call(&name)?;
                self.mark(";")?;
                Ok(Statement::Call(call))
            }
            _ => self.assignment(name),
        }
    }

    fn assignment(&mut self, register: String) -> Result<Statement, Refusal> {
        self.mark("=")?;
        let value = self.expression()?;
        self.mark(";")?;
        Ok(Statement::Assign(register, value))
    }

    fn branch(&mut self) -> Result<Statement, Refusal> {
        self.mark("(")?;
        let condition = self.expression()?;
        self.mark(")")?;
        let then = self.arm()?;
        let otherwise = if self.sees_name("else") {
            self.next();
            self.arm()?
        } else {
            Vec::new()
        };
        Ok(Statement::If(condition, then, otherwise))
    }

    fn arm(&mut self) -> Result<Vec<Statement>, Refusal> {
        if *self.peek() == Token::Mark("{") { self.block() } else { Ok(vec![self.statement()?]) }
    }

    /// At most one operator: the tests need no precedence, so none can be got wrong.
    fn expression(&mut self) -> Result<Expr, Refusal> {
        let left = self.operand()?;
        let Token::Mark(mark) = *self.peek() else { return Ok(left) };
        let operator = match mark {
            "+" => Operator::Plus,
            "-" => Operator::Minus,
            "&" => Operator::And,
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            ">" => Operator::Greater,
            _ => return Ok(left),
        };
        self.next();
        Ok(Expr::Binary(operator, Box::new(left), Box::new(self.operand()?)))
    }

    fn operand(&mut self) -> Result<Expr, Refusal> {
        match self.next() {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Mark("-") => Ok(Expr::Minus(Box::new(self.operand()?))),
            Token::Mark("*") => Err(self.refuse_last("a plain load from shared memory", "mark it with READ_ONCE")),
            Token::Name(name) if *self.peek() == Token::Mark("(") => {
                let call = self.call(&name)?;
                match call.rule.effect {
                    Effect::Load(_) => Ok(Expr::Call(Box::new(call))),
                    Effect::Rmw(_, _, answer) if answer != Answer::Nothing => Ok(Expr::Call(Box::new(call))),
                    _ => Err(self.refuse_last(&format!("{name}() used for a value"), "it returns none")),
                }
            }
            Token::Name(name) => Ok(Expr::Register(name)),
            other => Err(self.refuse_last(&format!("{} for a value", other.text()), "write a number, local or call")),
        }
    }

    fn call(&mut self, name: &str) -> Result<Call, Refusal> {
        let line = self.line();
        let rule = rules::find(name)
            .ok_or_else(|| self.refuse(format!("{name}()"), "no rule in rules.rs says what it is to loom"))?;
        self.mark("(")?;
        let (place, operands) = self.arguments(rule)?;
        self.mark(")")?;
        Ok(Call { line, rule, place, operands })
    }

    fn arguments(&mut self, rule: Rule) -> Result<(Option<String>, Vec<Expr>), Refusal> {
        let (value_first, star, values) = match rule.arguments {
            Arguments::None => return Ok((None, Vec::new())),
            Arguments::Place => (false, false, 0),
            Arguments::ValuePlace => (true, false, 0),
            Arguments::PlaceValue => (false, false, 1),
            Arguments::PlaceValueValue => (false, false, 2),
            Arguments::Deref => (false, true, 0),
            Arguments::DerefValue => (false, true, 1),
        };
        let mut operands = Vec::new();
        if value_first {
            operands.push(self.expression()?);
            self.mark(",")?;
        }
        if star {
            self.mark("*")?;
        }
        let place = self.name()?;
        for _ in 0..values {
            self.mark(",")?;
            operands.push(self.expression()?);
        }
        Ok((Some(place), operands))
    }

    fn disjunction(&mut self) -> Result<Condition, Refusal> {
        let left = self.conjunction()?;
        match self.takes("\\/") {
            true => Ok(Condition::Or(Box::new(left), Box::new(self.disjunction()?))),
            false => Ok(left),
        }
    }

    fn conjunction(&mut self) -> Result<Condition, Refusal> {
        let left = self.leaf()?;
        match self.takes("/\\") {
            true => Ok(Condition::And(Box::new(left), Box::new(self.conjunction()?))),
            false => Ok(left),
        }
    }

    fn leaf(&mut self) -> Result<Condition, Refusal> {
        if self.takes("~") {
            return Ok(Condition::Not(Box::new(self.leaf()?)));
        }
        if self.takes("(") {
            let inner = self.disjunction()?;
            self.mark(")")?;
            return Ok(inner);
        }
        if let Token::Number(thread) = *self.peek() {
            self.next();
            self.mark(":")?;
            let register = self.name()?;
            self.mark("=")?;
            let thread = usize::try_from(thread).unwrap_or(usize::MAX);
            return Ok(Condition::Register(thread, register, self.number()?));
        }
        let name = self.name()?;
        self.mark("=")?;
        Ok(Condition::Location(name, self.number()?))
    }
}

/// Reading words.
impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn line(&self) -> usize {
        self.tokens[self.at].1
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn sees_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(seen) if seen == name)
    }

    fn takes(&mut self, mark: &'static str) -> bool {
        let taken = *self.peek() == Token::Mark(mark);
        if taken {
            self.next();
        }
        taken
    }

    fn mark(&mut self, mark: &'static str) -> Result<(), Refusal> {
        match self.takes(mark) {
            true => Ok(()),
            false => Err(self.refuse(self.peek().text(), format!("{mark} was expected"))),
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), Refusal> {
        match self.sees_name(word) {
            true => {
                self.next();
                Ok(())
            }
            false => Err(self.refuse(self.peek().text(), format!("{word} was expected"))),
        }
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.peek().clone() {
            Token::Name(name) => {
                self.next();
                Ok(name)
            }
            other => Err(self.refuse(other.text(), "a name was expected")),
        }
    }

    fn number(&mut self) -> Result<i32, Refusal> {
        let sign = if self.takes("-") { -1 } else { 1 };
        match *self.peek() {
            Token::Number(number) => {
                self.next();
                Ok(sign * number)
            }
            _ => Err(self.refuse(self.peek().text(), "a number was expected")),
        }
    }

    /// Refuses the word that comes next.
    fn refuse(&self, what: impl Into<String>, advice: impl Into<String>) -> Refusal {
        Refusal::new(self.file, self.line(), what, advice)
    }

    /// Refuses the word just read.
    fn refuse_last(&self, what: &str, advice: &str) -> Refusal {
        Refusal::new(self.file, self.tokens[self.at.saturating_sub(1)].1, what, advice)
    }
}
