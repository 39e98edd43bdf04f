package cel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	messagingv1alpha1 "github.com/skein-dev/skein/api/v1alpha1"
)

// TestColumns: `kubectl get` and `kubectl get -o wide` answer "is it well?".
func TestColumns(t *testing.T) {
	namespace := env.Namespace(t)
	for _, c := range []struct {
		kind, plural, status string
		want                 map[string]string // column to cell; a leading + marks what only -o wide shows
	}{
		{
			kind: queue, plural: "consumerqueues",
			status: `{observedGeneration: 1, queueName: orders-queue, queueURL: "https://sqs.us-east-1.amazonaws.com/123456789012/orders-queue",
				messages: {visible: 7, inFlight: 1, delayed: 0, deadLettered: 2, undelivered: 0}, conditions: [` + ready("False", "PendingConfirmation") + `]}`,
			want: map[string]string{
				"Name": "watched", "READY": "False", "QUEUE": "orders-queue", "MESSAGES": "7", "DLQ": "2", "AGE": "0s",
				"+URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders-queue", "+REASON": "PendingConfirmation",
			},
		},
		{
			kind: topology, plural: "messagingtopologies",
			status: `{observedGeneration: 1, topics: [{name: a, topicName: orders, subscriptions: 0, state: Present}, {name: b, topicName: refunds, subscriptions: 0, state: Present}],
				consumers: {total: 3, ready: 2}, conditions: [` + ready("True", "Ready") + `]}`,
			want: map[string]string{
				"Name": "watched", "READY": "True", "CONSUMERS": "3", "CONSUMERS-READY": "2", "AGE": "0s", "+REASON": "Ready",
			},
		},
		{
			kind: account, plural: "awsaccounts",
			status: `{observedGeneration: 1, accountID: "123456789012", region: us-east-1, conditions: [` + ready("Unknown", "Pending") + `]}`,
			want: map[string]string{
				"Name": "watched", "READY": "Unknown", "ACCOUNT": "123456789012", "REGION": "us-east-1", "AGE": "0s", "+REASON": "Pending",
			},
		},
		{
			kind: redrive, plural: "redrives",
			status: `{observedGeneration: 1, state: Running, messagesMoved: 60, messagesToMove: 240, progress: 25, conditions: [` + ready("False", "Running") + `]}`,
			want: map[string]string{
				"Name": "watched", "QUEUE": "inventory", "STATE": "Running", "MOVED": "60", "OF": "240", "PERCENT": "25", "AGE": "0s",
				"+REASON": "Running", "+MESSAGE": "m",
			},
		},
	} {
		t.Run(c.kind, func(t *testing.T) {
			object := place{kind: c.kind}.object(t, namespace, "watched", "{}")
			if err := env.Client.Create(context.Background(), object); err != nil {
				t.Fatal(err)
			}
			object.Object["status"] = parse(t, c.status)
			if err := env.Client.Status().Update(context.Background(), object); err != nil {
				t.Fatal(err)
			}
			path := c.plural + "/watched"
			if c.kind != account {
				path = "namespaces/" + namespace + "/" + path
			}
			got := row(t, path)
			if _, ok := got["AGE"]; ok {
				got["AGE"] = "0s"
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
}

func ready(status, reason string) string {
	return fmt.Sprintf(`{type: Ready, status: %q, reason: %s, message: m, lastTransitionTime: "2026-01-01T00:00:00Z"}`, status, reason)
}

// row asks the apiserver for an object as kubectl get does.
func row(t *testing.T, path string) map[string]string {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(env.Config)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.JoinPath(env.Config.Host, "apis", messagingv1alpha1.GroupVersion.String(), path)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	if err := json.Unmarshal(body, &table); err != nil || len(table.Rows) != 1 {
		t.Fatalf("want a table of one row, got %s (%v)", body, err)
	}
	cells := map[string]string{}
	for i, column := range table.ColumnDefinitions {
		name := column.Name
		if column.Priority > 0 {
			name = "+" + name
		}
		cells[name] = fmt.Sprint(table.Rows[0].Cells[i])
	}
	return cells
}

// TestShortNames: the names that people type, and the category that shows everything.
func TestShortNames(t *testing.T) {
	want := map[string][]string{account: {"awsacct"}, topology: {"mt"}, queue: {"cq"}, redrive: {"rd"}}
	got := map[string][]string{}
	for _, crd := range crds(t) {
		got[crd.Spec.Names.Kind] = crd.Spec.Names.ShortNames
		if diff := cmp.Diff([]string{"skein"}, crd.Spec.Names.Categories); diff != "" {
			t.Errorf("categories of %s (-want +got):\n%s", crd.Spec.Names.Kind, diff)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("short names (-want +got):\n%s", diff)
	}
}
