package filterpolicy

import "strings"

// item is one leaf of a policy, or one "$or". Nested keys are flattened: {"a": {"b": [1]}} and {"a.b": [1]} mean the same.
type item struct {
	// path is Key.Path.
	path string
	leaf leaf
	// or holds the alternatives of "$or", each a list of items; leaf is not set then.
	or [][]item
}

// leaf is a key with values, ready to compare.
type leaf struct {
	// segments are the steps that lead to the value in the message.
	segments []string
	tests    []test
	// absence is true when {"exists": false} is one of the values.
	absence bool
	// presence is true when there are others.
	presence bool
}

// items flattens a node that stands under the segments above, in the order of the policy.
func (n Node) items(scope Scope, above []string) []item {
	var items []item
	for _, key := range n.Keys {
		switch {
		case key.Or != nil:
			or := make([][]item, len(key.Or))
			for i, alternative := range key.Or {
				or[i] = alternative.items(scope, above)
			}
			items = append(items, item{path: key.Path, or: or})
		case key.Nested != nil:
			items = append(items, key.Nested.items(scope, steps(scope, above, key.Name))...)
		default:
			items = append(items, item{path: key.Path, leaf: newLeaf(steps(scope, above, key.Name), key.Conditions)})
		}
	}
	return items
}

// steps appends a name to the segments above it. In a body a dot separates steps, wherever it stands; the name of an
// attribute is one step, as attributes do not nest.
func steps(scope Scope, above []string, name string) []string {
	above = above[:len(above):len(above)]
	if scope != ScopeMessageBody {
		return append(above, name)
	}
	return append(above, strings.Split(name, ".")...)
}

func newLeaf(segments []string, conditions []Condition) leaf {
	l := leaf{segments: segments}
	for _, condition := range conditions {
		if condition.Operator == Exists && !condition.Exists {
			l.absence = true
			continue
		}
		l.presence = true
		l.tests = append(l.tests, newTest(condition))
	}
	return l
}

// accepts reports whether one of the values under the leaf's key passes one of its conditions.
func (l leaf) accepts(values []datum) bool {
	for _, value := range values {
		for _, t := range l.tests {
			if t.accepts(value) {
				return true
			}
		}
	}
	return false
}
