package filterpolicy

import (
	"fmt"
	"strings"
	"testing"
)

// values writes an array of n different strings.
func values(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf("%q", fmt.Sprint("v", i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// P35: the limits of SNS are found before any call.
func TestP35LimitsBeforeAnyCall(t *testing.T) {
	six := `{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`
	tests := map[string]struct {
		policy string
		scope  Scope
		want   string // Detail, "" when SNS takes it
	}{
		"five keys":              {strings.Replace(six, `,"f":["1"]`, "", 1), ScopeMessageAttributes, ""},
		"six keys":               {six, ScopeMessageAttributes, "filter policy: Filter policy can not have more than 5 keys (6 keys: a, b, c, d, e, f)"},
		"six keys in the body":   {six, ScopeMessageBody, "filter policy: Filter policy can not have more than 5 keys (6 keys: a, b, c, d, e, f)"},
		"six leaves, one parent": {`{"x":` + six + `}`, ScopeMessageBody, ""},
		"150 in one key":         {`{"a":` + values(150) + `}`, ScopeMessageAttributes, ""},
		"151 in one key":         {`{"a":` + values(151) + `}`, ScopeMessageAttributes, tooComplex(151)},
		"10 x 15":                {`{"a":` + values(10) + `,"b":` + values(15) + `}`, ScopeMessageAttributes, ""},
		"100 x 51":               {`{"a":` + values(100) + `,"b":` + values(51) + `}`, ScopeMessageAttributes, tooComplex(5100)},
		"depth counts": {
			`{"a":{"b":{"c":` + values(4) + `}},"d":{"e":` + values(3) + `},"f":` + values(3) + `}`,
			ScopeMessageBody, tooComplex(216),
		},
		"alternatives add up": {
			`{"$or":[{"a":` + values(100) + `},{"b":` + values(50) + `}]}`, ScopeMessageAttributes, "",
		},
		"one alternative too many": {
			`{"$or":[{"a":` + values(100) + `},{"b":` + values(50) + `},{"c":["1"]}]}`, ScopeMessageAttributes, tooComplex(151),
		},
		"no overflow": {
			`{"a":` + values(9000) + `,"b":` + values(9000) + `,"c":` + values(9000) + `}`,
			ScopeMessageAttributes, tooComplex(1 << 30),
		},
		"256 KB": {
			`{"a":["` + strings.Repeat("x", 256<<10) + `"]}`, ScopeMessageAttributes,
			"filter policy: Filter policy is too large (262154 bytes, at most 262144)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tt.policy), tt.scope)
			if got := detailOf(t, err); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func tooComplex(found int) string {
	return fmt.Sprintf("filter policy: Filter policy is too complex (%d combinations, at most 150: "+
		"the number of values of each key times its depth, multiplied)", found)
}

func TestCounts(t *testing.T) {
	tests := map[string]struct {
		policy                    string
		keys, leaves, combination int
	}{
		"nothing":      {``, 0, 0, 1},
		"no keys":      {`{}`, 0, 0, 1},
		"flat":         {`{"a":["1","2"],"b":["1"]}`, 2, 2, 2},
		"nested":       {`{"a":{"b":["1","2"],"c":{"d":["1"]}}}`, 1, 2, 12},
		"alternatives": {`{"$or":[{"a":["1","2"]},{"b":["1"],"c":["1","2","3"]}],"d":{"$or":[{"e":["1"]},{"f":["1"]}]}}`, 2, 5, 20},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(tt.policy), ScopeMessageBody)
			if err != nil {
				t.Fatal(err)
			}
			if p.Keys() != tt.keys || p.Leaves() != tt.leaves || p.Combinations() != tt.combination {
				t.Errorf("keys %d, leaves %d, combinations %d, want %d, %d, %d",
					p.Keys(), p.Leaves(), p.Combinations(), tt.keys, tt.leaves, tt.combination)
			}
		})
	}
}
