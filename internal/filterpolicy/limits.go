package filterpolicy

import (
	"fmt"
	"strings"
)

// The limits of SNS, https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
const (
	// MaxKeys is the number of top-level keys that a policy may have.
	MaxKeys = 5
	// MaxCombinations is what Combinations may come to.
	MaxCombinations = 150

	maxBytes = 256 << 10
	// ceiling keeps the count from running over; what lies above is too complex anyway.
	ceiling = 1 << 30
)

// Keys returns the number of top-level keys; "$or" counts as one.
func (p *Policy) Keys() int { return len(p.Root.Keys) }

// Leaves returns the number of keys that hold values, at any depth. An older text of AWS counts these against
// MaxKeys under ScopeMessageBody, so more than MaxKeys of them deserves a warning.
func (p *Policy) Leaves() int { return p.Root.leaves() }

func (n Node) leaves() int {
	count := 0
	for _, key := range n.Keys {
		switch {
		case key.Nested != nil:
			count += key.Nested.leaves()
		case key.Or != nil:
			for _, alternative := range key.Or {
				count += alternative.leaves()
			}
		default:
			count++
		}
	}
	return count
}

// Combinations returns the complexity that SNS limits to MaxCombinations: the product over all leaves of the number
// of values times the depth of the leaf (1 at the top). "$or" counts as the sum of its alternatives, each at the
// depth of the "$or". Counts above about 10^9 are returned as that. Recorded case
// test_policy_complexity_with_or/error-complexity-or-nested.
func (p *Policy) Combinations() int { return p.Root.combinations(1) }

func (n Node) combinations(depth int) int {
	product := 1
	for _, key := range n.Keys {
		product = min(product*key.combinations(depth), ceiling)
	}
	return product
}

func (k Key) combinations(depth int) int {
	switch {
	case k.Nested != nil:
		return k.Nested.combinations(depth + 1)
	case k.Or != nil:
		sum := 0
		for _, alternative := range k.Or {
			sum = min(sum+alternative.combinations(depth), ceiling)
		}
		return sum
	default:
		return len(k.Conditions) * depth
	}
}

// checkLimits refuses what SNS refuses once it has read a policy.
func (p *Policy) checkLimits() error {
	if p.Scope != ScopeMessageBody {
		if path, found := p.Root.firstNested(); found {
			return &Error{
				Key:    path,
				Reason: "Filter policy scope MessageAttributes does not support nested filter policy",
				Hint:   "set filterPolicyScope to MessageBody, or use a flat key",
			}
		}
	}
	if p.Keys() > MaxKeys {
		names := make([]string, p.Keys())
		for i, key := range p.Root.Keys {
			names[i] = key.Name
		}
		return &Error{
			Reason: fmt.Sprintf("Filter policy can not have more than %d keys", MaxKeys),
			Hint:   fmt.Sprintf("%d keys: %s", p.Keys(), strings.Join(names, ", ")),
		}
	}
	if found := p.Combinations(); found > MaxCombinations {
		return &Error{
			Reason: "Filter policy is too complex",
			Hint: fmt.Sprintf("%d combinations, at most %d: the number of values of each key times its depth, multiplied",
				found, MaxCombinations),
		}
	}
	return nil
}

// firstNested returns the path of the first key that holds an object.
func (n Node) firstNested() (string, bool) {
	for _, key := range n.Keys {
		if key.Nested != nil {
			return key.Path, true
		}
		for _, alternative := range key.Or {
			if path, found := alternative.firstNested(); found {
				return path, true
			}
		}
	}
	return "", false
}
