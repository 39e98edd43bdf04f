package filterpolicy

import "testing"

// bodyTest publishes a body.
type bodyTest struct {
	policy, body string
	want         bool
}

func runBodyTests(t *testing.T, tests map[string]bodyTest) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, tt.policy, ScopeMessageBody).Match(Message{Body: tt.body})
			if got.Matched != tt.want || got.InvalidBody {
				t.Errorf("%s against %s: %+v, want matched %v", tt.policy, tt.body, got, tt.want)
			}
		})
	}
}

func TestMatchStringOperators(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"prefix":                  {`{"k":[{"prefix":"au"}]}`, `{"k":"auto"}`, true},
		"prefix is all":           {`{"k":[{"prefix":"auto"}]}`, `{"k":"auto"}`, true},
		"prefix in the middle":    {`{"k":[{"prefix":"ut"}]}`, `{"k":"auto"}`, false},
		"prefix in other case":    {`{"k":[{"prefix":"AU"}]}`, `{"k":"auto"}`, false},
		"prefix of a number":      {`{"k":[{"prefix":"1"}]}`, `{"k":12}`, false},
		"prefix of null":          {`{"k":[{"prefix":"n"}]}`, `{"k":null}`, false},
		"empty prefix":            {`{"k":[{"prefix":""}]}`, `{"k":"x"}`, true},
		"suffix":                  {`{"k":[{"suffix":".png"}]}`, `{"k":"a.png"}`, true},
		"suffix in other case":    {`{"k":[{"suffix":".PNG"}]}`, `{"k":"a.png"}`, false},
		"empty suffix":            {`{"k":[{"suffix":""}]}`, `{"k":"x"}`, true},
		"suffix longer":           {`{"k":[{"suffix":"xpng"}]}`, `{"k":"png"}`, false},
		"ignore case":             {`{"k":[{"equals-ignore-case":"Straße Σ"}]}`, `{"k":"sTRAßE ς"}`, true},
		"ignore case, no parts":   {`{"k":[{"equals-ignore-case":"abc"}]}`, `{"k":"ABCD"}`, false},
		"ignore case of an array": {`{"k":[{"equals-ignore-case":"abc"}]}`, `{"k":["x","ABC"]}`, true},
		"escapes are read":        {`{"k":["a\u0041\"\\"]}`, `{"k":"\u0061A\u0022\\"}`, true},
	})
}

func TestMatchAnythingBut(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"string":                     {`{"k":[{"anything-but":"a"}]}`, `{"k":"b"}`, true},
		"the string":                 {`{"k":[{"anything-but":"a"}]}`, `{"k":"a"}`, false},
		"a number, not the string":   {`{"k":[{"anything-but":"1"}]}`, `{"k":1}`, true},
		"null, recorded EventBridge": {`{"k":[{"anything-but":"a"}]}`, `{"k":null}`, true},
		"true":                       {`{"k":[{"anything-but":"true"}]}`, `{"k":true}`, true},
		"listed number":              {`{"k":[{"anything-but":[100,200,300]}]}`, `{"k":3e2}`, false},
		"other number":               {`{"k":[{"anything-but":[100,200,300]}]}`, `{"k":999}`, true},
		"zero":                       {`{"k":[{"anything-but":0}]}`, `{"k":-0.0}`, false},
		"the prefix":                 {`{"k":[{"anything-but":{"prefix":"init"}}]}`, `{"k":"init-x"}`, false},
		"prefix elsewhere":           {`{"k":[{"anything-but":{"prefix":"init"}}]}`, `{"k":"post-init"}`, true},
		"prefix of a number":         {`{"k":[{"anything-but":{"prefix":"init"}}]}`, `{"k":12}`, true},
		"absent":                     {`{"k":[{"anything-but":"a"}]}`, `{"l":"b"}`, false},
		"an object":                  {`{"k":[{"anything-but":"a"}]}`, `{"k":{"l":"b"}}`, false},
		"one of an array":            {`{"k":[{"anything-but":["a","b"]}]}`, `{"k":["a","c"]}`, true},
		"none of an array":           {`{"k":[{"anything-but":["a","b"]}]}`, `{"k":["b","a"]}`, false},
	})
}

func TestMatchNumericRanges(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"above":               {`{"k":[{"numeric":[">",0,"<=",100]}]}`, `{"k":0.00001}`, true},
		"at the open end":     {`{"k":[{"numeric":[">",0,"<=",100]}]}`, `{"k":0}`, false},
		"at the closed end":   {`{"k":[{"numeric":[">",0,"<=",100]}]}`, `{"k":1.0e2}`, true},
		"beyond":              {`{"k":[{"numeric":[">",0,"<=",100]}]}`, `{"k":100.00001}`, false},
		"at least":            {`{"k":[{"numeric":[">=",-5]}]}`, `{"k":-5.0}`, true},
		"not at least":        {`{"k":[{"numeric":[">=",-5]}]}`, `{"k":-5.00001}`, false},
		"less":                {`{"k":[{"numeric":["<",-5]}]}`, `{"k":-5.00001}`, true},
		"not less":            {`{"k":[{"numeric":["<",-5]}]}`, `{"k":-5}`, false},
		"equal":               {`{"k":[{"numeric":["=",300]}]}`, `{"k":300.000}`, true},
		"number in quotes":    {`{"k":[{"numeric":["=",300]}]}`, `{"k":"300"}`, false},
		"null":                {`{"k":[{"numeric":["<",300]}]}`, `{"k":null}`, false},
		"true":                {`{"k":[{"numeric":["=",1]}]}`, `{"k":true}`, false},
		"largest":             {`{"k":[{"numeric":["<=",1000000000]}]}`, `{"k":1e9}`, true},
		"beyond SNS":          {`{"k":[{"numeric":[">",0]}]}`, `{"k":1000000000.00001}`, false},
		"far beyond SNS":      {`{"k":[{"numeric":[">",0]}]}`, `{"k":1e99999999999999999999}`, false},
		"below SNS":           {`{"k":[{"numeric":["<",0]}]}`, `{"k":-1000000000.000001}`, false},
		"very small":          {`{"k":[{"numeric":["=",0]}]}`, `{"k":1e-99999999999999999999}`, true},
		"one of an array":     {`{"k":[{"numeric":["=",2]}]}`, `{"k":["2",1,2]}`, true},
		"one range per value": {`{"k":[{"numeric":["<",0]},{"numeric":[">",10]}]}`, `{"k":11}`, true},
	})
}

// SNS compares five decimals of numbers up to 10^9,
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
func TestMatchComparesNumbersExactlyToFiveDecimals(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"fifth decimal, large":      {`{"k":[999999999.99999]}`, `{"k":999999999.99999}`, true},
		"fifth decimal differs":     {`{"k":[999999999.99999]}`, `{"k":999999999.99998}`, false},
		"range, fifth decimal":      {`{"k":[{"numeric":[">",999999999.99998]}]}`, `{"k":999999999.99999}`, true},
		"no float between":          {`{"k":[{"numeric":["=",0.3]}]}`, `{"k":0.30000000000000004}`, true},
		"sixth decimal is cut":      {`{"k":[{"numeric":["=",0.12345]}]}`, `{"k":0.123459}`, true},
		"fifth decimal counts":      {`{"k":[{"numeric":["=",0.12345]}]}`, `{"k":0.12346}`, false},
		"account id":                {`{"k":[123456789012]}`, `{"k":123456789012}`, true},
		"other account id":          {`{"k":[123456789012]}`, `{"k":123456789013}`, false},
		"account id, other writing": {`{"k":[123456789012]}`, `{"k":1.23456789012e11}`, true},
		"long numbers stay apart":   {`{"k":[9007199254740992]}`, `{"k":9007199254740993}`, false},
	})
}

// Recorded case test_filter_policy_ip_address_condition has the long form and the invalid address.
func TestMatchCIDR(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"first":                 {`{"k":[{"cidr":"10.0.0.0/24"}]}`, `{"k":"10.0.0.0"}`, true},
		"last":                  {`{"k":[{"cidr":"10.0.0.0/24"}]}`, `{"k":"10.0.0.255"}`, true},
		"after the last":        {`{"k":[{"cidr":"10.0.0.0/24"}]}`, `{"k":"10.0.1.0"}`, false},
		"no address":            {`{"k":[{"cidr":"10.0.0.0/24"}]}`, `{"k":"10.0.0.256"}`, false},
		"a network":             {`{"k":[{"cidr":"10.0.0.0/24"}]}`, `{"k":"10.0.0.0/24"}`, false},
		"a number":              {`{"k":[{"cidr":"0.0.0.0/0"}]}`, `{"k":10}`, false},
		"bits beyond the mask":  {`{"k":[{"cidr":"10.0.0.77/24"}]}`, `{"k":"10.0.0.1"}`, true},
		"all":                   {`{"k":[{"cidr":"0.0.0.0/0"}]}`, `{"k":"255.255.255.255"}`, true},
		"v6":                    {`{"k":[{"cidr":"2001:db8:1234:1a00::/64"}]}`, `{"k":"2001:db8:1234:1a00::1"}`, true},
		"v6 long, capitals":     {`{"k":[{"cidr":"2001:db8::/32"}]}`, `{"k":"2001:0DB8:0000:0000:0000:0000:0000:0001"}`, true},
		"v6 elsewhere":          {`{"k":[{"cidr":"2001:db8:1234:1a00::/64"}]}`, `{"k":"2001:db8:1234:1a01::"}`, false},
		"v6 with zone":          {`{"k":[{"cidr":"fe80::/10"}]}`, `{"k":"fe80::1%eth0"}`, false},
		"v4 in a v6 network":    {`{"k":[{"cidr":"::/0"}]}`, `{"k":"10.0.0.1"}`, false},
		"v6 in a v4 network":    {`{"k":[{"cidr":"0.0.0.0/0"}]}`, `{"k":"::1"}`, false},
		"one of an array":       {`{"k":[{"cidr":"10.0.0.0/8"}]}`, `{"k":["x","10.9.9.9"]}`, true},
		"beside a plain string": {`{"k":[{"cidr":"10.0.0.0/8"},"local"]}`, `{"k":"local"}`, true},
	})
}

func TestMatchOrWithItsSiblings(t *testing.T) {
	deep := `{"s":["x"],"$or":[{"a":[1]},{"b":[2],"$or":[{"c":[3]},{"d":{"e":[4]}}]}]}`
	runBodyTests(t, map[string]bodyTest{
		"first":                  {deep, `{"s":"x","a":1}`, true},
		"second":                 {deep, `{"s":"x","b":2,"c":3}`, true},
		"second, nested":         {deep, `{"s":"x","b":2,"d":{"e":4}}`, true},
		"without the sibling":    {deep, `{"a":1}`, false},
		"half of the second":     {deep, `{"s":"x","b":2}`, false},
		"neither":                {deep, `{"s":"x","a":2}`, false},
		"two of them":            {`{"$or":[{"a":[1]},{"b":[1]}],"c":{"$or":[{"d":[1]},{"e":[1]}]}}`, `{"b":1,"c":{"d":1}}`, true},
		"one of two":             {`{"$or":[{"a":[1]},{"b":[1]}],"c":{"$or":[{"d":[1]},{"e":[1]}]}}`, `{"b":1,"c":{"f":1}}`, false},
		"absence as alternative": {`{"$or":[{"a":[{"exists":false}]},{"b":[1]}]}`, `{"c":1}`, true},
		"one key, both hold":     {`{"a":[{"prefix":"x"}],"$or":[{"a":[{"suffix":"y"}]},{"b":[1]}]}`, `{"a":"xy"}`, true},
		"one key, one holds":     {`{"a":[{"prefix":"x"}],"$or":[{"a":[{"suffix":"y"}]},{"b":[1]}]}`, `{"a":"xz"}`, false},
		"an ordinary key":        {`{"$or":["x"]}`, `{"$or":"x"}`, true},
	})
}
