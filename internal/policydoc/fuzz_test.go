package policydoc

import "testing"

// FuzzParse holds that what Parse takes is written so that it reads back as the same, and that merging with nothing
// keeps foreign statements.
func FuzzParse(f *testing.F) {
	f.Add(``)
	f.Add(DefaultTopicPolicy("arn:aws:sns:eu-west-1:111122223333:t", "111122223333").JSON())
	f.Add(Merge(Document{}, BySid([]Statement{TLSOnly(queue)}, Topics(queue, []TopicGrant{{TopicARN: "t", Principal: snsPrincipal}}))).JSON())
	f.Add(`{"Version":"2008-10-17","Id":"i","Statement":{"Sid":"s","NotPrincipal":"*","NotAction":["A",1,true],"NotResource":"r"}}`)
	f.Add(`{"Statement":[{"Condition":{"X":{"K":[1.50,"\ud800"],"k":"<"}},"Later":{"b":1e999,"a":null}},{"Principal":{"AWS":[]}}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		doc, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(doc.JSON())
		if err != nil {
			t.Fatalf("%q is written as %q, which does not read back: %v", s, doc.JSON(), err)
		}
		if len(again.Statements) != len(doc.Statements) || again.JSON() != doc.JSON() {
			t.Fatalf("%q is written as %q and then as %q", s, doc.JSON(), again.JSON())
		}
		for i, statement := range doc.Statements {
			if before, after := statement.Canonical(), again.Statements[i].Canonical(); before != after {
				t.Fatalf("statement %d of %q:\n%s\n%s", i, s, before, after)
			}
			rebuilt := statement
			rebuilt.raw = ""
			if len(statement.unknown) > 0 {
				continue
			}
			back, err := Parse(Document{Statements: []Statement{rebuilt}}.JSON())
			if err != nil {
				t.Fatalf("statement %d of %q is built as %s, which does not read back: %v", i, s, rebuilt.JSON(), err)
			}
			if back.Statements[0].Canonical() != statement.Canonical() {
				t.Fatalf("statement %d of %q is built as %s", i, s, rebuilt.JSON())
			}
		}
		if kept := Merge(doc, nil); jsonOf(kept.Statements) != jsonOf(doc.Foreign()) {
			t.Fatalf("foreign statements of %q became %q", s, kept.JSON())
		}
	})
}
