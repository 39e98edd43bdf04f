package filterpolicy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The second reference is the way of the published rule engine (https://github.com/aws/event-ruler): a body is a list of
// fields, each with the array elements that it stands in; keys are tried in the order of their names, each against
// every field that does not contradict the elements chosen before.

type field struct {
	name     string
	value    datum
	elements map[int]int // number of the array: index
}

type fieldReader struct {
	fields []field
	arrays int
}

func (f *fieldReader) read(name string, value any, elements map[int]int) {
	switch v := value.(type) {
	case object:
		for _, m := range v {
			f.read(join(name, m.name), m.value, elements)
		}
	case []any:
		f.arrays++
		array := f.arrays
		for i, item := range v {
			inside := elements
			if _, isScalar := scalar(item); !isScalar {
				inside = maps.Clone(elements)
				inside[array] = i
			}
			f.read(name, item, inside)
		}
	default:
		s, _ := scalar(v)
		f.fields = append(f.fields, field{name, newDatum(s), elements})
	}
}

// engineMatches tries the leaves, sorted by name, from the first on.
func engineMatches(fields []field, leaves []leaf, chosen map[int]int) bool {
	if len(leaves) == 0 {
		return true
	}
	absent := leaves[0].absence
	for _, f := range fields {
		if f.name != strings.Join(leaves[0].segments, ".") || contradicts(f.elements, chosen) {
			continue
		}
		absent = absent && !f.value.counts()
		if leaves[0].accepts([]datum{f.value}) {
			next := maps.Clone(chosen)
			maps.Copy(next, f.elements)
			if engineMatches(fields, leaves[1:], next) {
				return true
			}
		}
	}
	return absent && engineMatches(fields, leaves[1:], chosen)
}

func contradicts(elements, chosen map[int]int) bool {
	for array, index := range elements {
		if before, found := chosen[array]; found && before != index {
			return true
		}
	}
	return false
}

// randomValue writes JSON of objects with the members a and b, arrays of objects or of scalars, and scalars.
func randomValue(r *rand.Rand, depth int) string {
	kind := r.IntN(5)
	if depth == 0 {
		kind = 4
	}
	switch kind {
	case 0, 1:
		var members []string
		for _, name := range []string{"a", "b", "c"} {
			if r.IntN(3) > 0 {
				members = append(members, fmt.Sprintf("%q:%s", name, randomValue(r, depth-1)))
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	case 2, 3:
		var items []string
		nested := r.IntN(4) > 0
		for range r.IntN(4) {
			item := fmt.Sprint(r.IntN(3))
			if nested {
				item = randomValue(r, depth-1)
				for !strings.ContainsAny(item[:1], "{[") {
					item = randomValue(r, depth-1)
					if depth == 1 {
						item = "{}"
					}
				}
			}
			items = append(items, item)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return pick(r, []string{"0", "1", "1", "2", "null"})
	}
}

func TestMatchAgreesWithTheRuleEngineOnArrays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	passed := 0
	for range 10_000 {
		var keys []string
		for _, name := range []string{"a", "a.a", "a.b", "a.c", "a.b.a", "a.b.b", "a.b.c", "b.a", "b.b", "b.a.a", "b.a.b"} {
			if r.IntN(4) == 0 && len(keys) < MaxKeys {
				keys = append(keys, fmt.Sprintf("%q:[%s]", name,
					pick(r, []string{`1`, `1`, `0`, `{"exists":true}`, `{"exists":false}`, `2,{"exists":false}`, `{"anything-but":1}`})))
			}
		}
		policy := "{" + strings.Join(keys, ",") + "}"
		body := fmt.Sprintf(`{"a":%s,"b":%s}`, randomValue(r, 4), randomValue(r, 3))
		p := mustParse(t, policy, ScopeMessageBody)
		tree, err := readJSON([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		f := &fieldReader{}
		f.read("", tree, map[int]int{})
		var leaves []leaf
		for _, it := range p.Root.items(p.Scope, nil) {
			leaves = append(leaves, it.leaf)
		}
		slices.SortFunc(leaves, func(a, b leaf) int {
			return strings.Compare(strings.Join(a.segments, "."), strings.Join(b.segments, "."))
		})
		want := engineMatches(f.fields, leaves, map[int]int{})
		if got := p.Match(Message{Body: body}); got.Matched != want {
			t.Fatalf("%s against %s: %+v, want matched %v", policy, body, got, want)
		}
		if want {
			passed++
		}
	}
	if passed < 1000 || passed > 9000 {
		t.Errorf("%d of 10000 messages pass: the generator is lopsided", passed)
	}
}
