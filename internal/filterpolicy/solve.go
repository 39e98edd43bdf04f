package filterpolicy

import "slices"

// maxSteps bounds the work on one message; a body of 256 KB against the largest policy takes a small part of it.
const maxSteps = 4_000_000

// solver looks for one way to pass all leaves of a policy. left is the work it may still do; when that is used up
// nothing matches any more.
type solver struct{ left int }

// matches reports whether the tree passes all items.
func (s *solver) matches(root *node, items []item) bool {
	return s.choose(root, items, nil) && s.left >= 0
}

// spend takes some work and reports whether it may be done.
func (s *solver) spend(steps int) bool {
	s.left -= steps
	return s.left >= 0
}

// choose tries the alternatives of every "$or" among the items; leaves are those taken so far. The limit on
// Combinations keeps the number of choices below 150.
func (s *solver) choose(root *node, items []item, leaves []leaf) bool {
	if !s.spend(len(items) + len(leaves)) {
		return false
	}
	for i, it := range items {
		if it.or == nil {
			leaves = append(leaves, it.leaf)
			continue
		}
		for _, alternative := range it.or {
			if s.choose(root, slices.Concat(alternative, items[i+1:]), slices.Clone(leaves)) {
				return true
			}
		}
		return false
	}
	slices.SortStableFunc(leaves, func(a, b leaf) int { return slices.Compare(a.segments, b.segments) })
	return s.solve(root, query{leaves: leaves})
}

// query is what a node is asked: to pass all leaves, which lead to it or through it.
type query struct {
	// leaves in the order of their segments, so that those with a common beginning lie together.
	leaves []leaf
	// depth is the number of segments walked so far.
	depth int
	// present demands that the first leaf passes by a value, not by absence.
	present bool
}

// solve answers a query. Leaves that look into an array must pass by the same element. As in the published rule engine
// (https://github.com/aws/event-ruler), a leaf that passes by absence looks at that element only when a leaf before it
// has chosen the element; otherwise its key must be absent from all elements.
func (s *solver) solve(n *node, q query) bool {
	if !s.spend(1 + len(q.leaves)) {
		return false
	}
	q = s.withoutPassed(n, q)
	if len(n.arrays) == 0 {
		return s.solveMembers(n, q)
	}
	rest := &node{scalars: n.scalars, arrays: n.arrays[1:], members: n.members}
	for i, first := range q.leaves {
		if first.presence {
			chosen := query{leaves: q.leaves[i:], depth: q.depth, present: true}
			for _, element := range n.arrays[0] {
				if s.solve(s.merge(rest, element), chosen) {
					return true
				}
			}
		}
		if !first.absence || q.present || s.exists(n, first.segments[q.depth:]) {
			return false
		}
	}
	return true
}

// withoutPassed leaves out what ends here and passes by a value outside of objects, whatever elements are chosen.
func (s *solver) withoutPassed(n *node, q query) query {
	passes := func(l leaf) bool {
		return len(l.segments) == q.depth && s.spend(len(n.scalars)*len(l.tests)) && l.accepts(n.scalars)
	}
	// What ends here stands first.
	if len(n.scalars) == 0 || len(q.leaves) == 0 || len(q.leaves[0].segments) > q.depth {
		return q
	}
	left := query{depth: q.depth}
	for i, l := range q.leaves {
		if passes(l) {
			continue
		}
		left.leaves = append(left.leaves, l)
		left.present = left.present || i == 0 && q.present
	}
	return left
}

// solveMembers answers a query at a node without arrays: every leaf goes its own way.
func (s *solver) solveMembers(n *node, q query) bool {
	for i := 0; i < len(q.leaves); {
		present := q.present && i == 0
		if len(q.leaves[i].segments) == q.depth { // no value passed
			if present || !q.leaves[i].absence || s.exists(n, nil) {
				return false
			}
			i++
			continue
		}
		segment, end := q.leaves[i].segments[q.depth], i+1
		for end < len(q.leaves) && q.leaves[end].segments[q.depth] == segment {
			end++
		}
		next := n.members[segment]
		if next == nil {
			next = nothing
		}
		if !s.solve(next, query{leaves: q.leaves[i:end], depth: q.depth + 1, present: present}) {
			return false
		}
		i = end
	}
	return true
}

// exists reports whether there is a value at the path, in any element of any array.
func (s *solver) exists(n *node, path []string) bool {
	if n == nil || !s.spend(1) {
		return false
	}
	if len(path) == 0 && s.spend(len(n.scalars)) && slices.ContainsFunc(n.scalars, datum.counts) {
		return true
	}
	for _, elements := range n.arrays {
		for _, element := range elements {
			if s.exists(element, path) {
				return true
			}
		}
	}
	return len(path) > 0 && s.exists(n.members[path[0]], path[1:])
}

// merge returns what two nodes at one path hold together: an element of an array, and what stands beside the array
// (other members of the array, and what a dotted spelling of the same path leads to).
func (s *solver) merge(a, b *node) *node {
	switch {
	case a == nil || a.empty():
		return b
	case b == nil || b.empty():
		return a
	case !s.spend(1 + len(a.scalars) + len(a.arrays) + len(a.members) + len(b.scalars) + len(b.arrays) + len(b.members)):
		return nothing
	}
	merged := &node{
		scalars: slices.Concat(a.scalars, b.scalars),
		arrays:  slices.Concat(a.arrays, b.arrays),
		members: make(map[string]*node, len(a.members)+len(b.members)),
	}
	for segment, member := range a.members {
		merged.members[segment] = s.merge(member, b.members[segment])
	}
	for segment, member := range b.members {
		if a.members[segment] == nil {
			merged.members[segment] = member
		}
	}
	return merged
}

func (n *node) empty() bool { return len(n.scalars) == 0 && len(n.arrays) == 0 && len(n.members) == 0 }
