package conformance

// deviation is what an emulator does instead of keeping a rule.
type deviation struct {
	// rule is the name of the rule, which says what AWS does and where that is known from.
	rule string
	// seen is a part of what the check then reports.
	seen string
	// instead is what the emulator does.
	instead string
}

// deviations of each back end. localaws has none: it is ours to mend.
var deviations = map[string][]deviation{
	"localaws": nil,
	"moto":     motoDeviations,
	"fauxqs":   fauxqsDeviations,
}

// What a check reports where an emulator takes what AWS refuses, or keeps what was cleared.
const (
	taken = "succeeded, want error"
	kept  = `is "", want it absent`
)

func deviationOf(backend, rule string) *deviation {
	for _, d := range deviations[backend] {
		if d.rule == rule {
			return &d
		}
	}
	return nil
}
