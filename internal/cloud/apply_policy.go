package cloud

import (
	"maps"
	"slices"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
)

// accepted makes a call that sets attributes. Where AWS refuses a policy that names users or roles which it may not know, the call is made once more
// without those: a principal that is gone keeps nothing else from being done. It gives the attributes that were set.
func (w *work) accepted(attributes map[string]string, set func(map[string]string) error) (map[string]string, error) {
	err := set(attributes)
	if err == nil || !w.disputed(attributes, err) {
		return attributes, err
	}
	rest := maps.Clone(attributes)
	if rest["Policy"] = w.step.Rest; w.step.Rest == "" {
		delete(rest, "Policy")
	}
	if len(rest) > 0 || w.step.Action == plan.Create {
		if set(rest) != nil {
			return nil, err
		}
	}
	w.outcome.Refused = fault.As(err)
	return rest, nil
}

// disputed says that a refusal may be that of a policy's principals. AWS gives no code of its own for it.
func (w *work) disputed(attributes map[string]string, err error) bool {
	_, policy := attributes["Policy"]
	return policy && len(w.step.Disputed) > 0 &&
		slices.Contains([]string{"InvalidAttributeValue", "InvalidParameterValue", "InvalidParameter"}, plain(fault.As(err).Code))
}

// stands says that a field of the step stands in AWS once its call has succeeded.
func (w *work) stands(field string) bool {
	return w.outcome.Refused == nil || !slices.Contains(w.step.Disputed, field)
}
