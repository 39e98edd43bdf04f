package controller_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// notebook is written to by many at once.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// TestSecretsStayWhereTheyAre: through a life with every kind of trouble, no key, session token or external id gets into a debug log, a status, an event or a ConfigMap. AWS itself is tactless: it repeats a request that it cannot verify.
func TestSecretsStayWhereTheyAre(t *testing.T) {
	const role, externalID = "arn:aws:iam::111122223333:role/skein", "external-id-0f3a"
	secrets := []string{"first-secret-9d1c", "first-token-77ab", "second-secret-5e20", "second-token-c4d8", externalID}
	w := bareWorld(t, localaws.WithRole(role, externalID))
	log, heard := &notebook{}, map[string]bool{}
	var mu sync.Mutex
	w.logger = zap.New(zap.WriteTo(log), zap.UseDevMode(true))
	w.overhears = func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if token := r.Header.Get("X-Amz-Security-Token"); token != "" {
			heard[token] = true
		}
	}
	keys := func(secret, token string) {
		w.keys(w.account, w.accountID, secret)
		edit(w, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: w.account}}, func(s *corev1.Secret) {
			s.Data["AWS_SESSION_TOKEN"] = []byte(token)
		})
	}
	account := w.createAccount(func(a *v1alpha1.AWSAccount) {
		a.Spec.Credentials.AssumeRole = &v1alpha1.AssumeRole{RoleARN: role, ExternalID: externalID}
	})
	keys(secrets[0], secrets[1])
	w.start()
	w.accountReady()
	_, cq := orders(w, unchanged)

	for i, trouble := range []struct{ operation, code, message string }{
		{"", "AccessDenied", "not permitted"},
		{"GetQueueAttributes", "Throttling", "too many"},
		{"SetQueueAttributes", "InvalidAttributeValue", "Invalid value for the parameter Policy."},
		{"", "SignatureDoesNotMatch", ""},
		{"AssumeRole", "AccessDenied", "not authorized to perform: sts:AssumeRole"},
		{"AssumeRole", "SignatureDoesNotMatch", ""},
	} {
		w.hook(func(c localaws.Call) localaws.Fault {
			if c.Operation == "GetCallerIdentity" || trouble.operation != "" && c.Operation != trouble.operation {
				return localaws.Fault{}
			}
			message := trouble.message
			if message == "" {
				mu.Lock()
				defer mu.Unlock()
				message = "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/\n\n" +
					"x-amz-security-token:" + strings.Join(slices.Collect(maps.Keys(heard)), ",") + "'"
			}
			return localaws.Fault{Code: trouble.code, Message: message}
		})
		keys(secrets[2], secrets[3]) // clients are made anew
		edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
			cq.Spec.VisibilityTimeout = v1alpha1.Duration(fmt.Sprintf("%ds", 40+i))
			cq.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: trouble.operation + trouble.code}
		})
		w.eventually(trouble.operation+" "+trouble.code+" to be said", func() bool {
			return w.condition(cq, "Ready", metav1.ConditionFalse, "") && strings.Contains(conditionOf(cq, "Ready").Message, trouble.code)
		})
		w.hook(harmless)
		keys(secrets[0], secrets[1])
		w.ready(account)
		w.ready(cq)
	}
	w.unplugged.Store(true)
	w.delete(cq)
	w.says(cq, "", "no route to host")
	w.unplugged.Store(false)
	w.gone(cq)
	w.pass(2 * time.Minute)

	if !strings.Contains(log.String(), "called AWS") || !strings.Contains(log.String(), "SignatureDoesNotMatch") || len(heard) < 3 {
		t.Fatalf("this is no debug log, or %d session tokens are too few", len(heard))
	}
	said := map[string]string{"the log": log.String()}
	maps.Copy(said, w.told())
	for _, secret := range append(secrets, slices.Collect(maps.Keys(heard))...) {
		for where, text := range said {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s has %s: …%s…", where, secret, text[max(0, i-200):min(len(text), i+60)])
			}
		}
	}
}

// told is what the operator has written for people and workloads: statuses, events and ConfigMaps.
func (w *world) told() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for name, text := range w.versions() {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			w.t.Fatal(err)
		}
		delete(object, "spec") // the user's
		rest, err := json.Marshal(object)
		if err != nil {
			w.t.Fatal(err)
		}
		out[name] = string(rest)
	}
	for _, namespace := range []string{w.namespace, metav1.NamespaceDefault} {
		var events eventsv1.EventList
		if err := w.List(w.ctx, &events, client.InNamespace(namespace)); err != nil {
			w.t.Fatal(err)
		}
		for _, e := range events.Items {
			out["event "+e.Name] = e.Note + " " + e.Action
		}
	}
	return out
}
