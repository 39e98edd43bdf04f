package testenv

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	messagingv1alpha1 "github.com/skein-dev/skein/api/v1alpha1"
)

var env Env

func TestMain(m *testing.M) {
	if file := os.Getenv("SKEIN_TEST_PANIC"); file != "" {
		startAndPanic(file)
	}
	os.Exit(Run(m, &env, WithControllers()))
}

func TestInstallsTheCRDs(t *testing.T) {
	namespace := env.Namespace(t)
	for _, list := range []client.ObjectList{
		&messagingv1alpha1.AWSAccountList{},
		&messagingv1alpha1.MessagingTopologyList{},
		&messagingv1alpha1.ConsumerQueueList{},
	} {
		if err := env.Client.List(t.Context(), list, client.InNamespace(namespace)); err != nil {
			t.Errorf("listing %T: %v", list, err)
		}
	}
}

func TestNamespacesDiffer(t *testing.T) {
	one, two := env.Namespace(t), env.LabelledNamespace(t, map[string]string{"team": "shop"})
	if one == two {
		t.Errorf("two namespaces called %s", one)
	}
	var got corev1.Namespace
	if err := env.Client.Get(t.Context(), client.ObjectKey{Name: two}, &got); err != nil {
		t.Fatal(err)
	}
	if got.Labels["team"] != "shop" {
		t.Errorf("labels of %s: %v", two, got.Labels)
	}
}

func TestOwnedObjectsAreCollected(t *testing.T) {
	g := NewWithT(t)
	ctx, namespace := t.Context(), env.Namespace(t)
	owner := configMap(namespace, "owner")
	g.Expect(env.Client.Create(ctx, owner)).To(Succeed())
	owned := configMap(namespace, "owned")
	owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}}
	g.Expect(env.Client.Create(ctx, owned)).To(Succeed())
	g.Expect(env.Client.Delete(ctx, owner)).To(Succeed())
	g.Eventually(func() bool {
		return apierrors.IsNotFound(env.Client.Get(ctx, client.ObjectKeyFromObject(owned), owned))
	}, 20*time.Second, 50*time.Millisecond).Should(BeTrue(), "an owned object outlived its owner")
}

func TestDeletedNamespacesGo(t *testing.T) {
	g := NewWithT(t)
	ctx, name := t.Context(), env.Namespace(t)
	g.Expect(env.Client.Create(ctx, configMap(name, "inside"))).To(Succeed())
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	g.Expect(env.Client.Delete(ctx, namespace)).To(Succeed())
	g.Eventually(func() bool {
		return apierrors.IsNotFound(env.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace))
	}, 20*time.Second, 50*time.Millisecond).Should(BeTrue(), "a deleted namespace stayed")
}

func TestKubeconfigForIsTheServiceAccount(t *testing.T) {
	g := NewWithT(t)
	ctx, namespace := t.Context(), env.Namespace(t)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "operator"}}
	g.Expect(env.Client.Create(ctx, account)).To(Succeed())
	content, err := KubeconfigFor(ctx, env.Config, namespace, "operator")
	g.Expect(err).NotTo(HaveOccurred())
	cfg, err := clientcmd.RESTConfigFromKubeConfig(content)
	g.Expect(err).NotTo(HaveOccurred())
	as, err := client.New(cfg, client.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	err = as.List(ctx, &corev1.SecretList{}, client.InNamespace(namespace))
	g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "a service account without rules read secrets: %v", err)
	g.Expect(err).To(MatchError(ContainSubstring("system:serviceaccount:" + namespace + ":operator")))
}

func TestKubeconfigForNamesAMissingServiceAccount(t *testing.T) {
	namespace := env.Namespace(t)
	_, err := KubeconfigFor(t.Context(), env.Config, namespace, "nobody")
	if err == nil || !strings.Contains(err.Error(), namespace+"/nobody") {
		t.Errorf("got %v, want an error that names the service account", err)
	}
}

func TestStartSaysWhatToRunWhereProgramsAreMissing(t *testing.T) {
	t.Setenv("KUBEBUILDER_ASSETS", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, err := Start()
	if !errors.Is(err, ErrNotSetUp) || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("got %v, want ErrNotSetUp", err)
	}
}

func TestStartFailsOnABadCRDAndLeavesNothing(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	crds := t.TempDir()
	content := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: wrong}\n" +
		"spec: {group: x.dev, names: {kind: Wrong}, versions: []}\n"
	if err := os.WriteFile(filepath.Join(crds, "wrong.yaml"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(WithCRDs(crds)); err == nil {
		t.Error("started with a CRD that the apiserver refuses")
	}
	left, err := filepath.Glob(filepath.Join(temporary, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func configMap(namespace, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// startAndPanic is a test run that dies in the middle: see TestNothingOutlivesAPanic.
func startAndPanic(file string) {
	started, err := Start(WithControllers())
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(file, []byte(started.Dir), 0o600); err != nil {
		panic(err)
	}
	if err := started.Client.List(context.Background(), &corev1.NamespaceList{}); err != nil {
		panic(err)
	}
	panic("a test went wrong")
}
