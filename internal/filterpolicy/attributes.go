package filterpolicy

import (
	"regexp"
	"strings"
)

// The types of attributes that SNS compares,
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html; Number.Array stands in an example of
// https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html. Others count as absent.
const (
	typeString      = "String"
	typeStringArray = "String.Array"
	typeNumber      = "Number"
	typeNumberArray = "Number.Array"
)

// readAttributes reads the attributes that the items name, each a member of the root. When that cannot be done it
// returns nil and why.
func readAttributes(attributes map[string]Attribute, items []item) (*node, Result) {
	root := &node{members: map[string]*node{}}
	if key, ok := root.addAttributes(attributes, items); !ok {
		return nil, Result{Key: key, InvalidAttributes: true}
	}
	for _, attribute := range attributes {
		if attribute.compared() {
			return root, Result{}
		}
	}
	return nil, Result{Key: items[0].path, NoAttributes: true}
}

// compared reports whether SNS looks at attributes of this type.
func (a Attribute) compared() bool {
	switch a.Type {
	case typeString, typeStringArray, typeNumber, typeNumberArray:
		return true
	}
	return false
}

// addAttributes adds what the items name. When an attribute is not valid it returns the path of the item.
func (n *node) addAttributes(attributes map[string]Attribute, items []item) (key string, ok bool) {
	for _, it := range items {
		for _, alternative := range it.or {
			if _, ok := n.addAttributes(attributes, alternative); !ok {
				return it.path, false
			}
		}
		if it.or != nil {
			continue
		}
		name := it.leaf.segments[0]
		attribute, found := attributes[name]
		if n.members[name] != nil || !found {
			continue
		}
		values, ok := attribute.values()
		if !ok {
			return it.path, false
		}
		n.members[name] = &node{scalars: values}
	}
	return "", true
}

// number is the text of a Number attribute.
var number = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// escape writes a string as SNS compares it: a policy has to escape quotation marks and backslashes twice to match an
// attribute, https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// values returns what the attribute holds; ok is false when that is not what its type says.
func (a Attribute) values() (values []datum, ok bool) {
	switch a.Type {
	case typeString:
		return []datum{{kind: String, text: escape.Replace(a.Value)}}, true
	case typeNumber:
		if !number.MatchString(a.Value) {
			return nil, false
		}
		return []datum{newDatum(Value{Kind: Number, Text: strings.TrimPrefix(a.Value, "+")})}, true
	case typeStringArray, typeNumberArray:
		return arrayValues(a.Value)
	default:
		return nil, true
	}
}

// arrayValues reads a String.Array: a JSON array of strings, numbers, true, false and null,
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html.
func arrayValues(text string) (values []datum, ok bool) {
	tree, err := readJSON([]byte(text))
	if err != nil {
		return nil, false
	}
	items, ok := tree.([]any)
	for _, item := range items {
		value, isScalar := scalar(item)
		if !isScalar {
			return nil, false
		}
		if value.Kind == String {
			value.Text = escape.Replace(value.Text)
		}
		values = append(values, newDatum(value))
	}
	return values, ok
}
