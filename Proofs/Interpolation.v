(* Polynomials through given points: there is one, and only one.

   Uniqueness gives reconstruction and decoding; existence gives secrecy. *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Interpolation.

Variables (F : fieldType) (n : nat) (x : 'I_n -> F).
Hypothesis x_inj : injective x.

(* A nonzero difference would have more roots than its degree allows. *)
Lemma equal_on_enough (A : {set 'I_n}) (p q : {poly F}) :
  (size p <= #|A|)%N -> (size q <= #|A|)%N ->
  {in A, forall i, p.[x i] = q.[x i]} -> p = q.
Proof.
move=> size_p size_q pq; apply/eqP; rewrite -subr_eq0; apply: contraT => nz.
have roots : all (root (p - q)) [seq x i | i <- enum A].
  apply/allP=> _ /mapP[i + ->]; rewrite mem_enum => Ai.
  by rewrite /root !hornerE pq ?subrr.
have := max_poly_roots nz roots; rewrite (map_inj_uniq x_inj) enum_uniq => /(_ isT).
rewrite size_map -cardE => /leq_trans/(_ (size_add _ _)).
by rewrite size_opp ltnNge geq_max size_p size_q.
Qed.

(* `size p` is the degree plus one, so `size p <= n` says "degree below n". *)
Theorem interpolation_unique (p q : {poly F}) :
  (size p <= n)%N -> (size q <= n)%N ->
  (forall i, p.[x i] = q.[x i]) -> p = q.
Proof.
by move=> *; apply: (@equal_on_enough setT); rewrite ?cardsT ?card_ord.
Qed.

(* Lagrange's basis: 1 at the i-th point, 0 at every other. *)
Definition basis i : {poly F} :=
  \prod_(j | j != i) ((x i - x j)^-1 *: ('X - (x j)%:P)).

Definition interpolate (y : 'I_n -> F) : {poly F} := \sum_i y i *: basis i.

Lemma horner_basis i a :
  (basis i).[a] = \prod_(j | j != i) ((a - x j) / (x i - x j)).
Proof.
by rewrite horner_prod; apply: eq_bigr => j _; rewrite !hornerE mulrC.
Qed.

Lemma basis_at_point i j : (basis i).[x j] = (i == j)%:R.
Proof.
rewrite horner_basis; case: eqP => [<- | /eqP ij].
  apply: big1 => l li; rewrite divff // subr_eq0.
  by apply: contra li => /eqP/x_inj ->.
by rewrite (bigD1 j) 1?eq_sym //= subrr mul0r mul0r.
Qed.

Lemma size_basis i : (size (basis i) <= n)%N.
Proof.
have linear j : (size ((x i - x j)^-1 *: ('X - (x j)%:P)) <= 2)%N.
  by rewrite (leq_trans (size_scale_leq _ _)) ?size_XsubC.
apply: leq_trans (size_prod_leq _ _) _.
rewrite leq_subLR (@leq_trans (\sum_(j | j != i) 2).+1) ?ltnS ?leq_sum //.
have count : (#|predC1 i|.+1 = n)%N by rewrite cardC1 card_ord (ltn_predK (ltn_ord i)).
by rewrite sum_nat_const -[X in (_ <= _ + X)%N]count muln2 -addnn addnS.
Qed.

Lemma interpolate_at y i : (interpolate y).[x i] = y i.
Proof.
rewrite horner_sum (bigD1 i) //= hornerZ basis_at_point eqxx mulr1.
rewrite big1 ?addr0 // => j ji.
by rewrite hornerZ basis_at_point (negPf ji) mulr0.
Qed.

Lemma size_interpolate y : (size (interpolate y) <= n)%N.
Proof.
apply: leq_trans (size_sum _ _ _) _; apply/bigmax_leqP => i _.
exact: leq_trans (size_scale_leq _ _) (size_basis i).
Qed.

Lemma interpolateK (p : {poly F}) :
  (size p <= n)%N -> interpolate (fun i => p.[x i]) = p.
Proof.
move=> size_p; apply: interpolation_unique size_p _ => [|i].
  exact: size_interpolate.
exact: interpolate_at.
Qed.

End Interpolation.
