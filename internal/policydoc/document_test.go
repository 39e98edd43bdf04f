package policydoc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mustParse reads a document that is known to be good.
func mustParse(t testing.TB, s string) Document {
	t.Helper()
	doc, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestParse(t *testing.T) {
	got := mustParse(t, `{"Version": "2012-10-17", "Id": "x", "Statement": {
		"Sid": "a", "Effect": "Allow", "Principal": {"AWS": ["1", "2"], "Service": "s3.amazonaws.com"},
		"Action": "sqs:*", "Resource": ["r"],
		"Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"k": [1, 2.5]}}}}`)
	want := Document{Version: "2012-10-17", ID: "x", Statements: []Statement{{
		Sid: "a", Effect: "Allow",
		Principal: Principals{"AWS": {"1", "2"}, "Service": {"s3.amazonaws.com"}},
		Action:    []string{"sqs:*"},
		Resource:  []string{"r"},
		Condition: map[string]map[string][]string{
			"Bool": {"aws:SecureTransport": {"true"}}, "NumericLessThan": {"k": {"1", "2.5"}},
		},
	}}}
	fields := cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".raw" || p.Last().String() == ".unknown"
	}, cmp.Ignore())
	type plain Statement // without Equal
	if diff := cmp.Diff(plain(want.Statements[0]), plain(got.Statements[0]), cmp.AllowUnexported(plain{}), fields); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	if got.Version != want.Version || got.ID != want.ID || len(got.Statements) != 1 {
		t.Errorf("got %+v", got)
	}
	if empty := mustParse(t, ""); empty.JSON() != "" || empty.Statements != nil {
		t.Errorf("empty text gives %+v", empty)
	}
}

func TestParseErrors(t *testing.T) {
	statement := func(member string) string { return `{"Statement": [{"Effect": "Allow", ` + member + `}]}` }
	tests := map[string]struct{ doc, want string }{
		"not JSON":          {`{`, "reading policy document: "},
		"not an object":     {`[]`, "reading policy document: "},
		"version":           {`{"Version": 1}`, "reading Version of policy document: "},
		"id":                {`{"Id": {}}`, "reading Id of policy document: "},
		"statement":         {`{"Statement": "x"}`, "reading Statement of policy document: "},
		"null statement":    {`{"Statement": [null]}`, "reading statement 0 of policy document: a statement must be an object"},
		"principal text":    {statement(`"Principal": "me"`), `reading Principal: "me": the only principal without a type is *`},
		"principal type":    {statement(`"Principal": {"*": "x"}`), `reading Principal: "*" is no type of principal`},
		"principal members": {statement(`"NotPrincipal": {"AWS": {}}`), "reading NotPrincipal: {} is neither"},
		"action":            {statement(`"Action": [["x"]]`), "reading Action: "},
		"condition":         {statement(`"Condition": {"Bool": {"k": null}}`), "reading Condition: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc, err := Parse(tt.doc)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%s) = %+v, %v, want an error with %q", tt.doc, doc, err, tt.want)
			}
		})
	}
}

func TestJSONOfBuiltDocument(t *testing.T) {
	doc := Document{Version: Version, ID: "<&>", Statements: []Statement{
		TLSOnly("arn:aws:sqs:eu-west-1:111122223333:q"),
		{Effect: "Allow", NotPrincipal: Principals{"AWS": {"1", "2"}}, NotAction: []string{"a", "b"}, NotResource: []string{"<r>"}},
	}}
	want := `{"Version":"2012-10-17","Id":"<&>","Statement":[` +
		`{"Sid":"SkeinTLSOnly","Effect":"Deny","Principal":"*","Action":"sqs:*",` +
		`"Resource":"arn:aws:sqs:eu-west-1:111122223333:q","Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
		`{"Effect":"Allow","NotPrincipal":{"AWS":["1","2"]},"NotAction":["a","b"],"NotResource":"<r>"}]}`
	if got := doc.JSON(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff(doc, mustParse(t, want)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestOwnJoinsStatementsOfOneSid(t *testing.T) {
	one := `{"Sid":"SkeinX","Effect":"Allow","Action":"a"}`
	two := mustParse(t, `{"Statement":[`+one+`,`+strings.Replace(one, `"a"`, `"b"`, 1)+`]}`).Own()
	single := mustParse(t, `{"Statement":`+one+`}`).Own()
	if len(two) != 1 || two["SkeinX"] == single["SkeinX"] {
		t.Errorf("two statements with one Sid: %v", two)
	}
}
