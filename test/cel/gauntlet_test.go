package cel

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/testenv"
)

// TestP60NoWebhooks: what we install has no webhook and no certificate, and a bad object is refused all the same.
func TestP60NoWebhooks(t *testing.T) {
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	manifests := 0
	err = filepath.WalkDir(filepath.Join(root, "config"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		manifests++
		content, err := os.ReadFile(path)
		for _, unwanted := range []string{"WebhookConfiguration", "strategy: Webhook", "cert-manager.io"} {
			if bytes.Contains(content, []byte(unwanted)) {
				t.Errorf("%s has %q", path, unwanted)
			}
		}
		return err
	})
	if err != nil || manifests == 0 {
		t.Fatalf("read %d manifests: %v", manifests, err)
	}
	for _, kind := range []string{"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"} {
		list := &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: kind}}
		if err := env.Client.List(context.Background(), list); err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != 0 {
			t.Errorf("want no %s, found %d", kind, len(list.Items))
		}
	}
	refusedOnce(t, create("{encryption: {type: SQSManaged, kms: {keyID: k}}}").submit(t, queueSpec[0], env.Namespace(t)),
		queueSpec[0].below("encryption"), kmsRule.message)
}

// TestP05KMSReusePeriodWithoutKMS: the period stands below kms, and kms only with type KMS.
func TestP05KMSReusePeriodWithoutKMS(t *testing.T) {
	kmsRule.test(t)
}

// TestP13ImmutableFields: what AWS cannot change is refused at admission, and the message says what to do instead.
func TestP13ImmutableFields(t *testing.T) {
	found := 0
	for _, group := range rules {
		for _, r := range group {
			if !strings.Contains(r.message, "immutable") && !strings.Contains(r.message, "cannot be") {
				continue
			}
			found++
			if !strings.Contains(r.message, ":") {
				t.Errorf("the message %q has no remedy", r.message)
			}
			r.test(t)
		}
	}
	if found < 10 {
		t.Errorf("found %d rules on immutable fields, want at least 10", found)
	}
}
