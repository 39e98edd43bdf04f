package filterpolicy

import "fmt"

// orKey is the name under which alternatives stand.
const orKey = "$or"

// parseNode reads a policy object; path is its own dotted path, empty at the top.
func parseNode(path string, members object) (Node, error) {
	var node Node
	seen := map[string]bool{}
	for _, m := range members {
		key := Key{Name: m.name, Path: join(path, m.name)}
		if seen[m.name] {
			return Node{}, refuse(key.Path, "%q stands there twice", m.name)
		}
		seen[m.name] = true
		if err := parseKey(&key, m.value); err != nil {
			return Node{}, err
		}
		node.Keys = append(node.Keys, key)
	}
	return node, nil
}

// parseKey fills in what stands under a key.
func parseKey(key *Key, value any) error {
	switch v := value.(type) {
	case object:
		if len(v) == 0 {
			return refuse(key.Path, "Empty objects are not allowed")
		}
		nested, err := parseNode(key.Path, v)
		key.Nested = &nested
		return err
	case []any:
		if key.Name == orKey && isAlternatives(v) {
			return parseAlternatives(key, v)
		}
		return parseConditions(key, v)
	default:
		return refuse(key.Path, "%q must be an object or an array", key.Name)
	}
}

func parseAlternatives(key *Key, items []any) error {
	for i, item := range items {
		node, err := parseNode(fmt.Sprintf("%s[%d]", key.Path, i), item.(object))
		if err != nil {
			return err
		}
		key.Or = append(key.Or, node)
	}
	return nil
}

// reserved are the names that no key among alternatives has; beside the match operators of the published rule engine
// they are those that it keeps for later.
var reserved = map[string]bool{
	"exactly": true, "equals-ignore-case": true, "prefix": true, "suffix": true, "anything-but": true, "exists": true,
	"wildcard": true, "numeric": true, "cidr": true, "=": true, "<": true, "<=": true, ">": true, ">=": true,
	"regex": true, "not-wildcard": true, "not-equals-ignore-case": true,
	"date-after": true, "date-on-or-after": true, "date-before": true, "date-on-or-before": true, "in-date-range": true,
	"ip-address-in-range": true, "ip-address-not-in-range": true,
}

// isAlternatives tells the "$or" operator from an ordinary key of that name: the operator has at least two
// alternatives, all of them objects with members, none of which has a reserved name, see
// https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html.
func isAlternatives(items []any) bool {
	if len(items) < 2 {
		return false
	}
	for _, item := range items {
		alternative, ok := item.(object)
		if !ok || len(alternative) == 0 {
			return false
		}
		for _, m := range alternative {
			if reserved[m.name] {
				return false
			}
		}
	}
	return true
}

func parseConditions(key *Key, items []any) error {
	if len(items) == 0 {
		return refuse(key.Path, "Empty arrays are not allowed")
	}
	for _, item := range items {
		condition, err := parseCondition(key.Path, item)
		if err != nil {
			return err
		}
		key.Conditions = append(key.Conditions, condition)
	}
	return nil
}

func parseCondition(path string, item any) (Condition, error) {
	expression, ok := item.(object)
	if !ok {
		value, isScalar := scalar(item)
		if !isScalar {
			return Condition{}, refuse(path, "Match value must be String, number, true, false, or null")
		}
		return Condition{Operator: Equals, Values: []Value{value}}, nil
	}
	if len(expression) == 0 {
		return Condition{}, refuse(path, "Match expression name not found")
	}
	parseOperand, known := operators[expression[0].name]
	if !known {
		return Condition{}, refuse(path, "Unrecognized match type %s", expression[0].name)
	}
	condition, err := parseOperand(path, expression[0].value)
	if err != nil {
		return Condition{}, err
	}
	if len(expression) > 1 {
		return Condition{}, refuse(path, "%s", tooManyKeys(condition.Operator))
	}
	return condition, nil
}

// tooManyKeys words the refusal of a second key beside an operator; SNS says "numeric" of anything-but as well.
func tooManyKeys(op Operator) string {
	if op == Numeric || op == AnythingBut {
		return "Too many elements in numeric expression"
	}
	return "Only one key allowed in match expression"
}

// join appends a name to a dotted path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
