package filterpolicy

// Attribute is a message attribute as in Publish.
type Attribute struct {
	// Type is the DataType: String, String.Array, Number; others are not compared.
	Type string
	// Value is the StringValue.
	Value string
}

// Message is what a policy looks at. Attributes count under ScopeMessageAttributes, Body under ScopeMessageBody.
type Message struct {
	Attributes map[string]Attribute
	Body       string
}

// Result says whether a message passes a policy. The three reasons beside Key are those that CloudWatch counts apart,
// https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
// (NumberOfNotificationsFilteredOut-InvalidMessageBody, -InvalidAttributes and -NoMessageAttributes).
type Result struct {
	Matched bool
	// Key is the path of the key that refused: the first, in the order of the policy, with which the keys up to it
	// refuse the message. For alternatives it is the path of their "$or". Empty when the body is not valid.
	Key string
	// InvalidBody is set under ScopeMessageBody when the body is no JSON object.
	InvalidBody bool
	// InvalidAttributes is set when an attribute that the policy names does not hold what its type says, such as a
	// String.Array that is no JSON array. No policy of keys accepts such a message.
	InvalidAttributes bool
	// NoAttributes is set when no attribute can be compared. No policy of keys accepts such a message, not even with
	// {"exists": false}, https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html.
	NoAttributes bool
}

// Match tells whether SNS would deliver the message to a subscription with this policy. The work is bounded: a message
// made to cost more than any real one (several spellings of one dotted key, each with long arrays) is refused.
//
// Where AWS's texts leave a choice, the rule engine that AWS published decides, because SNS answers with its words:
// each array in a message stands for its elements, so that {"anything-but": ["a"]} accepts ["a", "b"], as the examples of
// https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html have it.
func (p *Policy) Match(m Message) Result {
	if len(p.Root.Keys) == 0 {
		return Result{Matched: true}
	}
	items := p.Root.items(p.Scope, nil)
	root, refusal := p.read(m, items)
	if root == nil {
		return refusal
	}
	if (&solver{left: maxSteps}).matches(root, items) {
		return Result{Matched: true}
	}
	return Result{Key: firstRefusal(root, items)}
}

// read turns the message into a tree, or returns why it cannot be compared.
func (p *Policy) read(m Message, items []item) (*node, Result) {
	if p.Scope != ScopeMessageBody {
		return readAttributes(m.Attributes, items)
	}
	root := readBody(m.Body)
	return root, Result{InvalidBody: root == nil}
}

// firstRefusal returns the path of the item that ends the shortest beginning of the policy that refuses the message.
func firstRefusal(root *node, items []item) string {
	low, high := 1, len(items) // the answer lies between, both included
	for low < high {
		middle := (low + high) / 2
		if (&solver{left: maxSteps}).matches(root, items[:middle]) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return items[low-1].path
}
