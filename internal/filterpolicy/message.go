package filterpolicy

import "strings"

// node is what a message holds at one path. A message is flattened as a policy is: {"a.b": 1} and {"a": {"b": 1}} give
// the same tree.
type node struct {
	// scalars are the values at this path, those that stand in an array directly included.
	scalars []datum
	// arrays are the arrays at this path that hold objects or arrays. Keys that look into one array must all look at
	// the same element.
	arrays [][]*node
	// members lead one segment further.
	members map[string]*node
}

var nothing = &node{}

// readBody reads a message body, nil when it is no JSON object. Of members with the same name the last counts.
func readBody(body string) *node {
	tree, err := readJSON([]byte(body))
	if err != nil {
		return nil
	}
	top, ok := tree.(object)
	if !ok {
		return nil
	}
	root := &node{}
	root.addObject(top)
	return root
}

// add puts a JSON value at this path.
func (n *node) add(value any) {
	switch v := value.(type) {
	case object:
		n.addObject(v)
	case []any:
		n.addArray(v)
	default:
		s, _ := scalar(v)
		n.scalars = append(n.scalars, newDatum(s))
	}
}

func (n *node) addObject(members object) {
	last := make(map[string]int, len(members))
	for i, m := range members {
		last[m.name] = i
	}
	for i, m := range members {
		if last[m.name] == i {
			n.descend(m.name).add(m.value)
		}
	}
}

// descend returns the node under a member's name, a step for each part between dots.
func (n *node) descend(name string) *node {
	for more := true; more; {
		var segment string
		segment, name, more = strings.Cut(name, ".")
		if n.members == nil {
			n.members = map[string]*node{}
		}
		next := n.members[segment]
		if next == nil {
			next = &node{}
			n.members[segment] = next
		}
		n = next
	}
	return n
}

func (n *node) addArray(items []any) {
	var elements []*node
	for _, item := range items {
		if _, isScalar := scalar(item); isScalar {
			n.add(item)
			continue
		}
		element := &node{}
		element.add(item)
		elements = append(elements, element)
	}
	if len(elements) > 0 {
		n.arrays = append(n.arrays, elements)
	}
}
