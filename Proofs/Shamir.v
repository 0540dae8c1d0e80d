(* Shamir sharing of a vector over a finite field, symbol by symbol.

   A secret is a row of L symbols. The dealer draws coins, a k x L matrix, and
   thereby for each symbol one polynomial of degree at most k whose constant
   term is that symbol. The threshold is t = k + 1. A node's share is the row of
   the L polynomials' values at the node's point. *)

From mathcomp Require Import all_ssreflect all_algebra.
From QuStream Require Import Interpolation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Shamir.

Variables (F : finFieldType) (L k : nat).
Implicit Types (secret : 'rV[F]_L) (coins : 'M[F]_(k, L)).

Definition polynomial secret coins j : {poly F} :=
  (secret 0 j)%:P + 'X * rVpoly (col j coins)^T.

(* Row i is the share of the node whose point is x i. *)
Definition shares n (x : 'I_n -> F) secret coins : 'M[F]_(n, L) :=
  \matrix_(i, j) (polynomial secret coins j).[x i].

(* Lagrange's formula at zero. *)
Definition weight n (x : 'I_n -> F) i : F := \prod_(j | j != i) (x j / (x j - x i)).

Definition combine n (x : 'I_n -> F) (v : 'M[F]_(n, L)) : 'rV[F]_L :=
  \sum_i weight x i *: row i v.

Lemma size_polynomial secret coins j : (size (polynomial secret coins j) <= k.+1)%N.
Proof.
rewrite (leq_trans (size_add _ _)) // geq_max (leq_trans (size_polyC_leq1 _)) //=.
by rewrite (leq_trans (size_mul_leq _ _)) // size_polyX ltnS size_poly.
Qed.

Lemma polynomial_at_zero secret coins j : (polynomial secret coins j).[0] = secret 0 j.
Proof. by rewrite !hornerE. Qed.

(* Coins are the same thing as polynomials of degree at most k with the secret as
   constant term, so counting coins counts polynomials. *)
Lemma coins_are_polynomials secret (p : 'I_L -> {poly F}) :
  (forall j, (size (p j) <= k.+1)%N /\ (p j).[0] = secret 0 j) ->
  exists! coins, forall j, polynomial secret coins j = p j.
Proof.
move=> p_ok; have coef coins i j : (polynomial secret coins j)`_i.+1 = (rVpoly (col j coins)^T)`_i.
  by rewrite coefD coefC coefXM add0r.
exists (\matrix_(i < k, j < L) (p j)`_i.+1); split=> [j | coins coinsP].
  have [size_p p0] := p_ok j; apply/polyP=> -[|i].
    by rewrite -!horner_coef0 polynomial_at_zero.
  rewrite coef coef_rVpoly; case: insubP => [i' _ <- | ]; first by rewrite !mxE.
  by rewrite -leqNgt => ki; rewrite nth_default // (leq_trans size_p).
by apply/matrixP=> i j; rewrite mxE -coinsP coef coef_rVpoly_ord !mxE.
Qed.

Lemma sharesD n (x : 'I_n -> F) s s' c c' :
  shares x (s + s') (c + c') = shares x s c + shares x s' c'.
Proof.
apply/matrixP=> i j; rewrite !mxE /polynomial !linearD mxE.
by rewrite /= !(hornerD, hornerM, hornerC) mulrDr addrACA.
Qed.

Section Points.

Variables (n : nat) (x : 'I_n -> F).
Hypothesis x_inj : injective x.

(* Reconstruction: t or more shares give the secret. *)

Lemma basis_at_zero i : (basis x i).[0] = weight x i.
Proof.
rewrite horner_basis; apply: eq_bigr => j _.
by rewrite sub0r -(opprB (x j)) invrN mulrNN.
Qed.

Theorem combine_correct secret coins :
  (k < n)%N -> combine x (shares x secret coins) = secret.
Proof.
move=> enough; apply/rowP=> j; rewrite -(polynomial_at_zero secret coins j).
have /(interpolateK x_inj) <- := leq_trans (size_polynomial secret coins j) enough.
rewrite horner_sum summxE; apply: eq_bigr => i _.
by rewrite !mxE hornerZ basis_at_zero mulrC.
Qed.

(* Secrecy: fewer than t shares say nothing. From here on n counts the nodes of
   a coalition, and x lists their points. No point is zero, where the secret is. *)

Hypotheses (x_nonzero : forall i, x i != 0) (few : (n <= k)%N).

Lemma shares_onto secret (v : 'M[F]_(n, L)) : exists coins, shares x secret coins = v.
Proof.
pose tail j := interpolate x (fun i => (v i j - secret 0 j) / x i).
pose coins : 'M[F]_(k, L) := \matrix_(i, j) (tail j)`_i.
exists coins; apply/matrixP=> i j; rewrite mxE /polynomial.
have -> : (col j coins)^T = poly_rV (tail j) by apply/rowP=> l; rewrite !mxE.
rewrite poly_rV_K; last exact: leq_trans (size_interpolate _ _) few.
by rewrite !hornerE interpolate_at // mulrC divfK // addrC subrK.
Qed.

Definition consistent secret v := [set coins | shares x secret coins == v].

(* Adding coins that account for the difference maps one set onto the other. *)
Lemma consistent_shift s s' v v' : #|consistent s v| = #|consistent s' v'|.
Proof.
have [d shares_d] := shares_onto (s' - s) (v' - v).
rewrite -(card_preimset (consistent s' v') (addIr d)); apply: eq_card => c.
have -> : s' = s + (s' - s) by rewrite addrC subrK.
by rewrite !inE sharesD shares_d -(inj_eq (addIr (v' - v))) [v + _]addrC subrK.
Qed.

(* Whatever the secret and whatever the coalition sees, exactly this many coins
   explain it. So the coalition's shares are uniform, for every secret. *)
Theorem shamir_count secret v : #|consistent secret v| = (#|F| ^ ((k - n) * L))%N.
Proof.
have all_coins : (#|{: 'M[F]_(n, L)}| * #|consistent secret v| = #|{: 'M[F]_(k, L)}|)%N.
  rewrite -[RHS]sum1_card (partition_big (shares x secret) xpredT) //=.
  rewrite -sum_nat_const; apply: eq_bigr => u _.
  rewrite (consistent_shift _ secret _ u) -sum1_card.
  by apply: eq_bigl => c; rewrite inE.
have size_F : (0 < #|F|)%N by apply/card_gt0P; exists 0.
apply/eqP; move/eqP: all_coins.
by rewrite !card_mx -[in X in _ == X](subnKC few) mulnDl expnD eqn_pmul2l ?expn_gt0 ?size_F.
Qed.

Theorem shamir_secrecy secret secret' v :
  #|consistent secret v| = #|consistent secret' v|.
Proof. by rewrite !shamir_count. Qed.

End Points.

End Shamir.
