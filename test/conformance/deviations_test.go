package conformance

import "slices"

// deviation is what an emulator does instead of keeping rules: one cause, however many rules it breaks.
type deviation struct {
	// instead is what the emulator does, or what it lacks.
	instead string
	// breaks are the rules that it breaks; they say what AWS does and where that is known from.
	breaks breaks
}

// breaks holds the names of rules by a part of what their checks then report.
type breaks map[string][]string

// deviations of each back end. localaws has none: it is ours to mend.
var deviations = map[string][]deviation{
	"localaws": nil,
	"moto":     motoDeviations,
	"fauxqs":   fauxqsDeviations,
}

// What checks report in many rules: an emulator takes what AWS refuses, keeps what was cleared, or delivers otherwise.
const (
	taken    = "succeeded, want error"
	kept     = `is "", want it absent`
	messages = "messages differs"
	passing  = "what passes differs"
	counted  = "Expected object to be comparable"
)

// listed is how a rule is broken, as a list of deviations has it.
type listed struct{ instead, seen string }

// deviationOf returns nil for a rule that the back end keeps.
func deviationOf(backend, rule string) *listed {
	for _, d := range deviations[backend] {
		for seen, rules := range d.breaks {
			if slices.Contains(rules, rule) {
				return &listed{d.instead, seen}
			}
		}
	}
	return nil
}
