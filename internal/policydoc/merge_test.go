package policydoc

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const queue = "arn:aws:sqs:eu-west-1:111122223333:q"

// P20: statements of a second writer were overwritten (peers).
func TestP20ForeignStatementsKept(t *testing.T) {
	foreign := `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sqs:SendMessage"],"Resource":"r<&>","Later":[1.0]}`
	foreignToo := `{"Sid":"skein","Effect":"Deny","NotPrincipal":{"AWS":["2","1"]},"Action":"SQS:*","Resource":"r"}`
	observed := mustParse(t, `{"Version":"2008-10-17","Id":"theirs","Statement":[`+foreign+
		`,{"Sid":"SkeinOld","Effect":"Allow"},`+foreignToo+`,{"Sid":"SkeinTLSOnly","Effect":"Allow"}]}`)
	tls := TLSOnly(queue)
	own := BySid([]Statement{tls}, Senders(queue, []Caller{{AWSPrincipal: "111122223333"}}))

	merged := Merge(observed, own)
	want := `{"Version":"2008-10-17","Id":"theirs","Statement":[` + foreign + `,` + foreignToo + `,` +
		own[SidSenders].JSON() + `,` + tls.JSON() + `]}`
	if got := merged.JSON(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got, want := Merge(merged, nil).JSON(), `{"Version":"2008-10-17","Id":"theirs","Statement":[`+foreign+`,`+foreignToo+`]}`; got != want {
		t.Errorf("after Skein left:\n got %s\nwant %s", got, want)
	}
}

func TestMergeWithoutForeignStatements(t *testing.T) {
	own := BySid([]Statement{TLSOnly(queue)})
	old := mustParse(t, `{"Version":"2008-10-17","Id":"x","Statement":[{"Sid":"SkeinOld"}]}`)
	want := `{"Version":"2012-10-17","Statement":[` + TLSOnly(queue).JSON() + `]}`
	for name, observed := range map[string]Document{"absent": {}, "own only": old} {
		if got := Merge(observed, own).JSON(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		if got := Merge(observed, nil).JSON(); got != "" {
			t.Errorf("%s: with nothing left %q, want no policy", name, got)
		}
	}
}

// A topic that is created with a policy keeps what AWS would have given it.
func TestMergeIntoDefaultTopicPolicy(t *testing.T) {
	topic := "arn:aws:sns:eu-west-1:111122223333:t"
	merged := Merge(DefaultTopicPolicy(topic, "111122223333"), BySid(Publishers(topic, []Caller{{AWSPrincipal: "444455556666"}})))
	if merged.Version != "2008-10-17" || merged.ID != "__default_policy_ID" || len(merged.Statements) != 2 ||
		merged.Statements[0].Sid != SidDefaultTopic || merged.Statements[1].Sid != SidPublishers {
		t.Errorf("got %s", merged.JSON())
	}
}

// statements draws foreign or own statements, written in different ways.
func statements(t *rapid.T, label, prefix string) []string {
	list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		action := rapid.SampledFrom([]string{`"sqs:SendMessage"`, `["SQS:SendMessage", "sqs:*"]`, `[]`}).Draw(t, "action")
		principal := rapid.SampledFrom([]string{`"*"`, `{"AWS": "111122223333"}`, `{"Service":["a","b"]}`}).Draw(t, "principal")
		condition := rapid.SampledFrom([]string{`{}`, `{"Bool": {"k": true}}`, `{"X": {"K": [1, "<"], "k": "v"}}`}).Draw(t, "condition")
		return fmt.Sprintf(`"Effect": "Allow", "Principal": %s,"Action":%s, "Condition" :%s`, principal, action, condition)
	}), 0, 4).Draw(t, label)
	for i, s := range list {
		list[i] = fmt.Sprintf(`{"Sid": "%s%d", %s}`, prefix, i, s)
	}
	return list
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		foreign, before, after := statements(t, "foreign", "Other"), statements(t, "before", OwnPrefix), statements(t, "after", OwnPrefix)
		mixed := rapid.Permutation(append(append([]string{}, foreign...), before...)).Draw(t, "order")
		observed, err := Parse(`{"Version":"2008-10-17","Statement":[` + strings.Join(mixed, ",") + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := Parse(`{"Statement":[` + strings.Join(after, ",") + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		own := BySid(wanted.Statements)
		merged := Merge(observed, own)

		if got, want := jsonOf(merged.Foreign()), jsonOf(observed.Foreign()); got != want {
			t.Fatalf("foreign statements changed:\n%s\n%s", want, got)
		}
		if got, want := fmt.Sprint(merged.Own()), fmt.Sprint(wanted.Own()); got != want {
			t.Fatalf("own statements are %s, want %s", got, want)
		}
		again, err := Parse(merged.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if got := Merge(again, own).JSON(); got != merged.JSON() {
			t.Fatalf("merging again changed the document:\n%s\n%s", merged.JSON(), got)
		}
	})
}

func jsonOf(statements []Statement) string { return Document{Statements: statements}.JSON() }
