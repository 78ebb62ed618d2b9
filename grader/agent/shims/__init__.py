"""What makes an untidy notebook run as it was meant to.

Each module mends one thing that a notebook takes for granted and that is not here while it is
graded, or takes too long. Most that is left out or answered for somebody becomes a note for the
report.

`colab`: installs the next four, what a notebook finds in Colab or in front of a person.
`commands`: shell commands, without those that install or download.
`magics`: magics that are not here, or must not be obeyed.
`plotting`: plots stay inline, whatever display is asked for.
`prompts`: `input()` and `getpass()`, which nobody answers.

`missing`: imports of modules that are not installed succeed.
`left_out`: a statement that needs one ends alone, not its cell.
`placeholders`: what stands for such a module.
`google_colab`: what stands for `google.colab`, and does nothing.

`seeds`: random numbers are repeatable, or different on purpose.
`offline_data`: torchvision's datasets are read from the grader's copy.
`shared_memory`: several processes work together where they share no memory with names.
`random_states`: the generators that a notebook draws from without naming them.

`import_hook`: how the others hear that a module has been imported.
"""
