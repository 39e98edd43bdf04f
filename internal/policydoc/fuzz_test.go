package policydoc

import (
	"slices"
	"strings"
	"testing"
)

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

// FuzzEvaluate holds that evaluating ends, that a Deny of everything denies, that an Allow of everything does not lift
// a Deny, and that documents of equal canonical form decide alike.
func FuzzEvaluate(f *testing.F) {
	f.Add(Merge(Document{}, BySid([]Statement{TLSOnly(queue)}, Topics(queue, []TopicGrant{{TopicARN: topicARN("eu-west-1", "t"), Principal: snsPrincipal}}))).JSON(),
		"", snsPrincipal, "sqs:SendMessage", queue, "aws:SourceArn", topicARN("eu-west-1", "t"))
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333"]},"NotAction":"sqs:?*","NotResource":"${k}*${*}","Condition":{"ForAllValues:NumericLessThanIfExists":{"k":[1,"x"]},"Null":{"b":true}}}]}`,
		"arn:aws:sts::111122223333:assumed-role/r/s", "", "sqs:*", "*", "k", "1")
	f.Add(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"DateLessThan":{"k":"2026"},"IpAddress":{"k":"::/0"},"StringLike":{"k":"**?"}}}}`,
		"", "", "", "", "K", "1.2.3.4")
	f.Fuzz(func(t *testing.T, document, arn, service, action, resource, key, value string) {
		doc, err := Parse(document)
		if err != nil {
			return
		}
		request := Request{
			Principal: Principal{Service: service, Account: "111122223333", ARN: arn}, Action: action, Resource: resource,
			Context: map[string][]string{key: {value}},
		}
		got := doc.Evaluate(request)
		if got.Allowed && got.Denied || (got.Reason == "") != got.Allowed || got.Denied && !doc.Denies() {
			t.Fatalf("%q: %+v", document, got)
		}
		with := func(effect string) Decision {
			all := Statement{Effect: effect, Principal: Everyone(), Action: []string{"*"}, Resource: []string{"*"}}
			return Document{Version: doc.Version, Statements: append(slices.Clone(doc.Statements), all)}.Evaluate(request)
		}
		if denied := with("Deny"); !denied.Denied {
			t.Fatalf("%q with a Deny of everything: %+v", document, denied)
		}
		if allowed := with("Allow"); allowed.Denied != got.Denied || allowed.Allowed == got.Denied {
			t.Fatalf("%q with an Allow of everything: %+v, before %+v", document, allowed, got)
		}
		other := doc
		other.Statements = nil
		for _, s := range doc.Statements {
			other.Statements = append(other.Statements, rewritten(s))
		}
		if again := other.Evaluate(request); verdict(again) != verdict(got) {
			t.Fatalf("%s: %+v\n%s: %+v", doc.JSON(), got, other.JSON(), again)
		}
	})
}

// rewritten writes a statement in another way if it has one of the same canonical form.
func rewritten(s Statement) Statement {
	out := s
	out.raw = ""
	out.Action, out.NotAction = shouted(s.Action), shouted(s.NotAction)
	out.Resource = append(slices.Clone(s.Resource), s.Resource...)
	if _, all := s.Principal[everyone]; all && s.Effect == "Allow" {
		out.Principal = Principals{"AWS": {everyone}}
	}
	out.Condition = nil
	for operator, keys := range s.Condition {
		for key, values := range keys {
			out.addCondition(operator, strings.ToUpper(key), append(slices.Clone(values), values...)...)
		}
	}
	if !out.Equal(s) {
		return s
	}
	return out
}

// shouted returns the actions in upper case and in another order.
func shouted(actions []string) []string {
	var out []string
	for _, action := range slices.Backward(actions) {
		out = append(out, strings.ToUpper(action))
	}
	return out
}
