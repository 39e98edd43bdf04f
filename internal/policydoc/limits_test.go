package policydoc

import (
	"fmt"
	"strings"
	"testing"
)

// repeat returns n statements with Sids of their own.
func repeat(n int, s Statement) []Statement {
	list := make([]Statement, n)
	for i := range list {
		list[i] = s
		list[i].Sid = fmt.Sprint("s", i)
	}
	return list
}

// numbers returns n different strings.
func numbers(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	return list
}

// P22: policies ran over the size or statement limit with many topics (peers). Topics share one statement, and a
// limit that is broken all the same is refused before any call with what was found and what helps.
func TestP22PolicyLimits(t *testing.T) {
	t.Run("60 topics are one statement within the limits", func(t *testing.T) {
		var grants []TopicGrant
		for i := range 60 {
			grants = append(grants, TopicGrant{TopicARN: topicARN("eu-west-1", fmt.Sprint("team-topic-with-a-name-", i)), Principal: snsPrincipal})
		}
		doc := Merge(Document{}, BySid(Topics(queue, grants), []Statement{TLSOnly(queue)}))
		if err := doc.CheckQueueLimits(); err != nil || len(doc.Statements) != 2 {
			t.Errorf("%d statements, %v", len(doc.Statements), err)
		}
	})
	statement := Statement{Effect: "Allow"}
	conditions := func(n int) Document {
		s := Statement{Sid: "theirs"}
		for i := range n {
			s.addCondition("StringEquals", fmt.Sprint("k", i), "v")
		}
		return Document{Statements: []Statement{s}}
	}
	queueTests := map[string]struct {
		doc  Document
		want string
	}{
		"20 statements": {Document{Statements: repeat(20, statement)}, ""},
		"21 statements": {Document{Statements: repeat(21, statement)}, "the policy has 21 statements, SQS takes at most 20: " + remedyTopics},
		"8192 bytes":    {sized(8192), ""},
		"8193 bytes":    {sized(8193), "the policy has 8193 bytes, SQS takes at most 8192: " + remedyTopics},
		"50 principals": {Document{Statements: []Statement{{Principal: Principals{"AWS": numbers(49), "Service": {"x"}}}}}, ""},
		"51 principals": {
			Document{Statements: []Statement{{Principal: Principals{"AWS": numbers(50)}}, {NotPrincipal: Everyone()}}},
			"the policy has 51 principals, SQS takes at most 50: " + remedyPrincipals,
		},
		"7 actions":     {Document{Statements: []Statement{{Action: numbers(7)}}}, ""},
		"8 actions":     {Document{Statements: []Statement{{}, {Action: numbers(8)}}}, `statement "#1" of the policy has 8 actions, SQS takes at most 7: ` + remedyStatement},
		"10 conditions": {conditions(10), ""},
		"11 conditions": {conditions(11), `statement "theirs" of the policy has 11 conditions, SQS takes at most 10: ` + remedyStatement},
	}
	for name, tt := range queueTests {
		t.Run("queue/"+name, func(t *testing.T) { checkLimit(t, tt.doc.CheckQueueLimits(), tt.want) })
	}
	topicTests := map[string]struct {
		doc  Document
		want string
	}{
		"100 statements": {Document{Statements: repeat(100, statement)}, ""},
		"101 statements": {Document{Statements: repeat(101, statement)}, "the policy has 101 statements, SNS takes at most 100: " + remedyPublishers},
		"30 KB":          {sized(30720), ""},
		"over 30 KB":     {sized(30721), "the policy has 30721 bytes, SNS takes at most 30720: " + remedyPublishers},
		"200 principals": {Document{Statements: []Statement{{Principal: Principals{"AWS": numbers(200)}}}}, ""},
		"201 principals": {
			Document{Statements: []Statement{{Principal: Principals{"AWS": numbers(201)}}}},
			"the policy has 201 principals, SNS takes at most 200: " + remedyPrincipals,
		},
	}
	for name, tt := range topicTests {
		t.Run("topic/"+name, func(t *testing.T) { checkLimit(t, tt.doc.CheckTopicLimits(), tt.want) })
	}
}

func checkLimit(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// sized returns a document of exactly n bytes.
func sized(n int) Document {
	doc := Document{Statements: []Statement{{Resource: []string{"x"}}}}
	doc.Statements[0].Resource[0] += strings.Repeat("x", n-len(doc.JSON()))
	return doc
}
