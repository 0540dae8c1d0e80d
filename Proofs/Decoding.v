(* Decoding past lying and silent nodes: at most one codeword lies within e
   errors of what was received, as long as 2 e + silent <= n - t. *)

From mathcomp Require Import all_ssreflect all_algebra.
From QuStream Require Import Interpolation Shamir.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Word.

(* What n nodes answered; `None` stands for no answer. *)
Variables (n : nat) (T : eqType) (word : 'I_n -> option T).

Definition silent := [set i | word i == None].

(* The nodes that answered, and not with what the codeword f has there. *)
Definition errors (f : 'I_n -> T) := [set i | (word i != None) && (word i != Some (f i))].

(* A node that is not silent, and wrong for neither, puts f and g in agreement. *)
Lemma agreement (f g : 'I_n -> T) e t :
  (#|errors f| <= e)%N -> (#|errors g| <= e)%N -> (2 * e + #|silent| + t <= n)%N ->
  (t <= #|[set i | f i == g i]|)%N.
Proof.
move=> errors_f errors_g bound; set agree := [set i | _].
have everyone : setT \subset errors f :|: errors g :|: silent :|: agree.
  apply/subsetP=> i _; rewrite !inE; case: (word i) => //= a.
  by rewrite orbF; case: eqP => //= -[<-]; case: eqP => //= -[<-].
have /leq_trans count := leq_trans (subset_leq_card everyone) (leq_card_setU _ _).
rewrite -(leq_add2l (2 * e + #|silent|)) (leq_trans bound) // -[X in (X <= _)%N]card_ord.
rewrite -cardsT count // !leq_add2r.
rewrite (leq_trans (leq_card_setU _ _)) // leq_add2r mul2n -addnn.
by rewrite (leq_trans (leq_card_setU _ _)) // leq_add.
Qed.

End Word.

Section Decoding.

Variables (F : finFieldType) (n : nat) (x : 'I_n -> F).
Hypothesis x_inj : injective x.

Theorem unique_decoding t e (word : 'I_n -> option F) (p q : {poly F}) :
  (size p <= t)%N -> (size q <= t)%N ->
  (#|errors word (fun i => p.[x i])| <= e)%N ->
  (#|errors word (fun i => q.[x i])| <= e)%N ->
  (2 * e + #|silent word| + t <= n)%N ->
  p = q.
Proof.
move=> size_p size_q errors_p errors_q bound.
have enough := agreement errors_p errors_q bound.
apply: (equal_on_enough x_inj (leq_trans size_p enough) (leq_trans size_q enough)).
by move=> i; rewrite inE => /eqP.
Qed.

(* The same for whole shares. One wrong symbol makes a share wrong. *)
Theorem unique_decoding_shares L k e (word : 'I_n -> option 'rV[F]_L) s s' c c' :
  (#|errors word (fun i => row i (shares x s (c : 'M_(k, L))))| <= e)%N ->
  (#|errors word (fun i => row i (shares x s' (c' : 'M_(k, L))))| <= e)%N ->
  (2 * e + #|silent word| + k.+1 <= n)%N ->
  s = s'.
Proof.
move=> errors_s errors_s' bound; have enough := agreement errors_s errors_s' bound.
apply/rowP=> j; rewrite -(polynomial_at_zero s c) -(polynomial_at_zero s' c').
congr _.[0]; apply: (equal_on_enough x_inj).
- exact: leq_trans (size_polynomial _ _ _) enough.
- exact: leq_trans (size_polynomial _ _ _) enough.
by move=> i; rewrite inE => /eqP/rowP/(_ j); rewrite !mxE.
Qed.

End Decoding.
