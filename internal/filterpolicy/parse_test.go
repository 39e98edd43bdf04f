package filterpolicy

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseRefusals(t *testing.T) {
	tests := map[string]struct {
		policy string
		scope  Scope
		want   string // Detail
	}{
		"not JSON":               {`{"a": [1]`, "", `filter policy: failed to parse JSON. Unexpected end-of-input`},
		"end in a string":        {`{"a": ["x`, "", `filter policy: failed to parse JSON. Unexpected end-of-input`},
		"no comma in an object":  {`{"a": ["x"] "b": []}`, "", `filter policy: failed to parse JSON. Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`},
		"comma before the end":   {`{"a": ["x"],}`, "", `filter policy: failed to parse JSON. Unexpected character ('}' (code 125)): was expecting double-quote to start field name`},
		"no comma in an array":   {`{"a": ["x" "y"]}`, "", `filter policy: failed to parse JSON. Unexpected character ('"' (code 34)): was expecting comma to separate Array entries`},
		"no colon":               {`{"a" ["x"]}`, "", `filter policy: failed to parse JSON. Unexpected character ('[' (code 91)): was expecting a colon to separate field name and value`},
		"no value":               {`{"a": ["x",]}`, "", `filter policy: failed to parse JSON. Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`},
		"no JSON at all":         {`string value`, "", `filter policy: failed to parse JSON. Unrecognized token 'string': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`},
		"half a literal":         {`{"a": [nul]}`, "", `filter policy: failed to parse JSON. Unrecognized token 'nul': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`},
		"literal gone wrong":     {`{"a": [trux]}`, "", `filter policy: failed to parse JSON. Unrecognized token 'trux': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`},
		"bad token":              {`{"a": [x]}`, "", `filter policy: failed to parse JSON. Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`},
		"bad UTF-8":              {"{\"a\": [\"\xff\"]}", "", `filter policy: failed to parse JSON. Invalid UTF-8`},
		"half a surrogate pair":  {`{"a": ["\ud800"]}`, "", `filter policy: failed to parse JSON. Missing surrogate`},
		"not an object":          {`["a"]`, "", `filter policy: Filter is not an object`},
		"key twice":              {`{"a": [1], "a": [2]}`, "", `filter policy key "a": "a" stands there twice`},
		"null value":             {`{"a": null}`, "", `filter policy key "a": "a" must be an object or an array`},
		"nested scalar":          {`{"a": {"b": true}}`, ScopeMessageBody, `filter policy key "a.b": "b" must be an object or an array`},
		"empty object":           {`{"a": {}}`, ScopeMessageBody, `filter policy key "a": Empty objects are not allowed`},
		"empty expression":       {`{"a": [{}]}`, "", `filter policy key "a": Match expression name not found`},
		"second value":           {`{"a": ["x", {"wildcard": "y*"}]}`, "", `filter policy key "a": Unrecognized match type wildcard`},
		"first fault is named":   {`{"a": [{"prefix": 1, "bad": 2}]}`, "", `filter policy key "a": prefix match pattern must be a string`},
		"equals-ignore-case":     {`{"a": [{"equals-ignore-case": 1}]}`, "", `filter policy key "a": equals-ignore-case match pattern must be a string`},
		"nested attributes":      {`{"a": {"b": [1]}}`, ScopeMessageAttributes, `filter policy key "a": Filter policy scope MessageAttributes does not support nested filter policy (set filterPolicyScope to MessageBody, or use a flat key)`},
		"nested in alternatives": {`{"$or": [{"a": [1]}, {"b": {"c": [1]}}]}`, "", `filter policy key "$or[1].b": Filter policy scope MessageAttributes does not support nested filter policy (set filterPolicyScope to MessageBody, or use a flat key)`},
		"one alternative":        {`{"$or": [{"a": [1]}]}`, "", `filter policy key "$or": Unrecognized match type a`},
		"operator in $or":        {`{"$or": [{"prefix": [1]}, {"prefix": "x"}]}`, "", `filter policy key "$or": prefix match pattern must be a string`},
		"reserved in $or":        {`{"$or": [{"a": [1]}, {"wildcard": ["x*"]}]}`, "", `filter policy key "$or": Unrecognized match type a`},
		"fault in alternative":   {`{"a": {"$or": [{"b": [1]}, {"c": []}]}}`, ScopeMessageBody, `filter policy key "a.$or[1].c": Empty arrays are not allowed`},

		"anything-but null":        {`{"a": [{"anything-but": null}]}`, "", `filter policy key "a": Value of anything-but must be an array or single string/number value.`},
		"anything-but empty list":  {`{"a": [{"anything-but": []}]}`, "", `filter policy key "a": Inside anything but list, either all values are number or string, mixed type is not supported`},
		"anything-but null list":   {`{"a": [{"anything-but": ["x", null]}]}`, "", `filter policy key "a": Inside anything but list, start|null|boolean is not supported.`},
		"anything-but mixed":       {`{"a": [{"anything-but": ["x", 1]}]}`, "", `filter policy key "a": Inside anything but list, either all values are number or string, mixed type is not supported`},
		"anything-but suffix":      {`{"a": [{"anything-but": {"suffix": "x"}}]}`, "", `filter policy key "a": Unsupported anything-but pattern: suffix`},
		"anything-but exists":      {`{"a": [{"anything-but": {"exists": false}}]}`, "", `filter policy key "a": Unsupported anything-but pattern: exists`},
		"anything-but prefix type": {`{"a": [{"anything-but": {"prefix": false}}]}`, "", `filter policy key "a": prefix match pattern must be a string`},
		"anything-but two":         {`{"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}`, "", `filter policy key "a": Only one key allowed in match expression`},
		"anything-but none":        {`{"a": [{"anything-but": {}}]}`, "", `filter policy key "a": Anything-But expression name not found`},
		"anything-but no prefix":   {`{"a": [{"anything-but": {"prefix": ""}}]}`, "", `filter policy key "a": Null prefix not allowed`},
		"anything-but second key":  {`{"a": [{"anything-but": "x", "exists": true}]}`, "", `filter policy key "a": Too many elements in numeric expression`},
		"anything-but large":       {`{"a": [{"anything-but": 111122223333}]}`, "", `filter policy key "a": Value must be between -1.0E9 and 1.0E9, inclusive (111122223333 was found)`},
		"anything-but large list":  {`{"a": [{"anything-but": [1, -1e10]}]}`, "", `filter policy key "a": Value must be between -1.0E9 and 1.0E9, inclusive (-1e10 was found)`},

		"cidr no mask":    {`{"a": [{"cidr": "10.0.0.0/"}]}`, "", `filter policy key "a": Malformed CIDR, one '/' required`},
		"cidr beyond 255": {`{"a": [{"cidr": "10.0.0.256/8"}]}`, "", `filter policy key "a": Invalid IP address: 10.0.0.256`},
		"cidr v6 short":   {`{"a": [{"cidr": "1:2/8"}]}`, "", `filter policy key "a": Invalid IP address: 1:2`},
		"cidr v4 in v6":   {`{"a": [{"cidr": "::ffff:10.0.0.1/100"}]}`, "", `filter policy key "a": Nonstandard IP address: ::ffff:10.0.0.1`},
		"cidr twice":      {`{"a": [{"cidr": "10.0.0.0/8/8"}]}`, "", `filter policy key "a": Malformed CIDR, one '/' required`},
		"cidr negative":   {`{"a": [{"cidr": "10.0.0.0/-8"}]}`, "", `filter policy key "a": Malformed CIDR, mask bits must not be negative`},
		"cidr one v4":     {`{"a": [{"cidr": "10.0.0.0/32"}]}`, "", `filter policy key "a": IPv4 mask bits must be < 32 (write a single address as a plain string)`},
		"cidr one v6":     {`{"a": [{"cidr": "::1/128"}]}`, "", `filter policy key "a": IPv6 mask bits must be < 128 (write a single address as a plain string)`},
		"cidr with zone":  {`{"a": [{"cidr": "fe80::1%eth0/64"}]}`, "", `filter policy key "a": Nonstandard IP address: fe80::1%eth0`},
		"numeric scalar":  {`{"a": [{"numeric": 10}]}`, "", `filter policy key "a": Value of numeric must be an array.`},
		"numeric empty":   {`{"a": [{"numeric": []}]}`, "", `filter policy key "a": Invalid member in numeric match: ]`},
		"numeric null":    {`{"a": [{"numeric": [null]}]}`, "", `filter policy key "a": Invalid member in numeric match: null`},
		"numeric and key": {`{"a": [{"numeric": ["=", 1], "exists": true}]}`, "", `filter policy key "a": Too many elements in numeric expression`},
		"numeric list":    {`{"a": [{"numeric": [["="]]}]}`, "", `filter policy key "a": Invalid member in numeric match: [`},
		"numeric object":  {`{"a": [{"numeric": [">", 1, {}]}]}`, "", `filter policy key "a": Bad value in numeric range: {`},
		"numeric after =": {`{"a": [{"numeric": ["=", 1, "<", 2]}]}`, "", `filter policy key "a": Too many elements in numeric expression`},
		"numeric after <": {`{"a": [{"numeric": ["<", 1, ">", 0]}]}`, "", `filter policy key "a": Too many elements in numeric expression`},
		"numeric equal":   {`{"a": [{"numeric": [">=", 1, "<=", 1]}]}`, "", `filter policy key "a": Bottom must be less than top`},
		"numeric large":   {`{"a": [{"numeric": ["<", 1000000000.1]}]}`, "", `filter policy key "a": Value must be between -1.0E9 and 1.0E9, inclusive (1000000000.1 was found)`},
		"numeric fine":    {`{"a": [{"numeric": ["=", 0.1234560]}]}`, "", `filter policy key "a": Value of equals must have at most 5 digits after the decimal point (0.1234560 was found)`},

		"long number": {`{"a": [1, 12345678901234567891]}`, "", `filter policy key "a": Number has too many digits to be compared: 12345678901234567891 (write it as a string)`},
		"huge number": {`{"a": [1e999]}`, "", `filter policy key "a": Number has too many digits to be compared: 1e999 (write it as a string)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tt.policy), tt.scope)
			if got := detailOf(t, err); got != tt.want {
				t.Errorf("Parse(%s):\n got %s\nwant %s", tt.policy, got, tt.want)
			}
		})
	}
}

func TestParseTree(t *testing.T) {
	word := func(s string) []Value { return []Value{{Kind: String, Text: s}} }
	fixed := &Bound{Value: -3.5, Inclusive: true}
	tests := map[string]struct {
		policy string
		want   []Key
	}{
		"plain values": {`{"a": ["x", 1.50, true, null]}`, []Key{{Name: "a", Path: "a", Conditions: []Condition{
			{Values: word("x")},
			{Values: []Value{{Kind: Number, Text: "1.50", Number: 1.5}}},
			{Values: []Value{{Kind: Bool, Text: "true"}}},
			{Values: []Value{{Kind: Null}}},
		}}}},
		"alternatives": {`{"$or": [{"a": [{"prefix": "p"}]}, {"b": [{"suffix": "q"}]}]}`, []Key{{Name: "$or", Path: "$or", Or: []Node{
			{Keys: []Key{{Name: "a", Path: "$or[0].a", Conditions: []Condition{{Operator: Prefix, Values: word("p")}}}}},
			{Keys: []Key{{Name: "b", Path: "$or[1].b", Conditions: []Condition{{Operator: Suffix, Values: word("q")}}}}},
		}}}},
		"an ordinary key": {`{"$or": ["x"]}`, []Key{{Name: "$or", Path: "$or", Conditions: []Condition{{Values: word("x")}}}}},
		"nested, with a dot": {`{"d": {"ip.v6": [{"cidr": "2001:db8::/64"}]}}`, []Key{{Name: "d", Path: "d", Nested: &Node{Keys: []Key{
			{Name: "ip.v6", Path: "d.ip.v6", Conditions: []Condition{{Operator: CIDR, Network: netip.MustParsePrefix("2001:db8::/64")}}},
		}}}}},
		"numeric": {
			`{"n": [{"numeric": ["=", -3.5]}, {"numeric": [">", 0, "<=", 1e2]}, {"numeric": ["<", 7]}, {"numeric": [">=", 8]}]}`,
			[]Key{{Name: "n", Path: "n", Conditions: []Condition{
				{Operator: Numeric, Range: Range{Low: fixed, High: fixed}},
				{Operator: Numeric, Range: Range{Low: &Bound{Value: 0}, High: &Bound{Value: 100, Inclusive: true}}},
				{Operator: Numeric, Range: Range{High: &Bound{Value: 7}}},
				{Operator: Numeric, Range: Range{Low: &Bound{Value: 8, Inclusive: true}}},
			}}},
		},
		"anything-but": {
			`{"a": [{"anything-but": [1, 2]}, {"anything-but": "z"}, {"anything-but": {"prefix": "p"}}]}`,
			[]Key{{Name: "a", Path: "a", Conditions: []Condition{
				{Operator: AnythingBut, Values: []Value{{Kind: Number, Text: "1", Number: 1}, {Kind: Number, Text: "2", Number: 2}}},
				{Operator: AnythingBut, Values: word("z")},
				{Operator: AnythingButPrefix, Values: word("p")},
			}}},
		},
		"others": {
			`{"a": [{"exists": false}, {"exists": true}, {"equals-ignore-case": "I"}]}`,
			[]Key{{Name: "a", Path: "a", Conditions: []Condition{
				{Operator: Exists}, {Operator: Exists, Exists: true}, {Operator: EqualsIgnoreCase, Values: word("I")},
			}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			policy, err := Parse([]byte(tt.policy), ScopeMessageBody)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, policy.Root.Keys, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("Parse(%s) (-want +got):\n%s", tt.policy, diff)
			}
		})
	}
}

// P37: a numeric filter was sent without its operand (peers). The operand is in the tree and in the canonical form,
// and the canonical form reads back to the same tree.
func TestP37NumericFilterRoundTrip(t *testing.T) {
	tests := map[string]struct{ policy, canonical string }{
		"equal":    {`{"amount": [{"numeric": ["=", 500]}]}`, `{"amount":[{"numeric":["=",500]}]}`},
		"at least": {`{"amount": [{"numeric": [">=", 500.0]}]}`, `{"amount":[{"numeric":[">=",500]}]}`},
		"range":    {`{"amount": [ {"numeric": [">", -1.50, "<", 1e3]} ]}`, `{"amount":[{"numeric":[">",-1.5,"<",1000]}]}`},
		"zero":     {`{"amount": [{"numeric": ["<=", 0]}, "none"]}`, `{"amount":[{"numeric":["<=",0]},"none"]}`},
		"finest":   {`{"amount": [{"numeric": ["=", 0.00001]}]}`, `{"amount":[{"numeric":["=",0.00001]}]}`},
		"largest":  {`{"amount": [{"numeric": ["<=", 1000000000]}]}`, `{"amount":[{"numeric":["<=",1000000000]}]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			canonical, err := Canonical([]byte(tt.policy))
			if err != nil || canonical != tt.canonical {
				t.Fatalf("Canonical(%s) = %s, %v, want %s", tt.policy, canonical, err, tt.canonical)
			}
			before, err := Parse([]byte(tt.policy), ScopeMessageAttributes)
			if err != nil {
				t.Fatal(err)
			}
			after, err := Parse([]byte(canonical), ScopeMessageAttributes)
			if err != nil {
				t.Fatal(err)
			}
			if r := after.Root.Keys[0].Conditions[0].Range; r.Low == nil && r.High == nil {
				t.Error("the range is empty")
			}
			if diff := cmp.Diff(before, after, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("after a round trip (-before +after):\n%s", diff)
			}
		})
	}
}

func TestSyntaxErrorOfLongInputIsShort(t *testing.T) {
	_, err := Parse([]byte(`{"a": [`+strings.Repeat(`"x",`, 1000)+`]}`), ScopeMessageBody)
	if got := reasonOf(t, err); got != "failed to parse JSON. Unexpected character (']' (code 93)): expected a valid value "+validTokens {
		t.Errorf("got %q", got)
	}
}

// detailOf is what a user reads of an error of Parse, empty where it took the policy.
func detailOf(t *testing.T, err error) string {
	t.Helper()
	if reasonOf(t, err) == "" {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	return e.Detail()
}
