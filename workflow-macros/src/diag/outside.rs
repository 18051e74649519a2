//! The wording of mistakes in what waits for something outside of the run: signals and children.

pub(crate) fn wait_value(name: &str, value: &str) -> String {
    let help = match humantime::parse_duration(value.trim_matches('"')) {
        Ok(_) => format!("how long to wait is an option: wait!(\"{name}\", timeout = {value})"),
        Err(_) => format!("let value: Approval = wait!(\"{name}\").await?;"),
    };
    format!(
        "a wait takes no value: its value is what is sent with the signal\n\
         help: {help}"
    )
}

pub(crate) fn child_awaited(word: &str) -> String {
    let after = match word {
        "?" => ".await?",
        _ => ".await",
    };
    format!(
        "`child!` takes the call itself, starts it as a run of its own and awaits its end\n\
         help: remove this `{word}`, and write `child!(..){after}`"
    )
}

pub(crate) fn child_closure() -> String {
    "`child!` starts the call itself, once in a run, so it takes no closure\n\
     help: remove the `||`"
        .to_owned()
}
