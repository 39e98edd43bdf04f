package filterpolicy

import "testing"

func TestMatchNamesTheFirstKeyThatRefused(t *testing.T) {
	flat := `{"z":["1"],"a":["1"],"m":[{"exists":false}]}`
	nested := `{"d":{"s":["x"],"$or":[{"t":["x"]},{"u":{"v":["x"]}}],"w.y":["x"]},"e":["x"]}`
	records := `{"r":{"a":[1],"b":[2],"c":[3]}}`
	tests := map[string]struct{ policy, body, want string }{
		"first in the policy":      {flat, `{"m":1}`, "z"},
		"second in the policy":     {flat, `{"z":"1","m":1}`, "a"},
		"third in the policy":      {flat, `{"z":"1","a":"1","m":1}`, "m"},
		"nested":                   {nested, `{}`, "d.s"},
		"alternatives":             {nested, `{"d":{"s":"x"}}`, "d.$or"},
		"after alternatives":       {nested, `{"d":{"s":"x","u":{"v":"x"}}}`, "d.w.y"},
		"after a nested policy":    {nested, `{"d":{"s":"x","t":"x","w":{"y":"x"}}}`, "e"},
		"passes":                   {nested, `{"d":{"s":"x","t":"x","w":{"y":"x"}},"e":"x"}`, ""},
		"no element has the third": {records, `{"r":[{"a":1,"b":2},{"a":1,"c":3}]}`, "r.c"},
		"no element has two":       {records, `{"r":[{"a":1},{"b":2},{"c":3}]}`, "r.b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, tt.policy, ScopeMessageBody).Match(Message{Body: tt.body})
			if got.Key != tt.want || got.Matched != (tt.want == "") {
				t.Errorf("%s against %s: %+v, want key %q", tt.policy, tt.body, got, tt.want)
			}
		})
	}
}
