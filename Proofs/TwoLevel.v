(* Sharing over two classes: the secret is a sum of an operator half and a
   community half, each Shamir-shared inside its class with its own threshold.

   In GF(2^8) sum and difference are both xor; the proofs hold in any finite field. *)

From mathcomp Require Import all_ssreflect all_algebra.
From QuStream Require Import Interpolation Shamir.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section TwoLevel.

Variables (F : finFieldType) (L ko kc : nat).   (* thresholds ko + 1 and kc + 1 *)

(* What the dealer draws: the operator half, and the coins of both sharings. *)
Definition draw := ('rV[F]_L * 'M[F]_(ko, L) * 'M[F]_(kc, L))%type.

Implicit Types (secret : 'rV[F]_L) (d : draw).

Section Deal.

Variables (no nc : nat) (xo : 'I_no -> F) (xc : 'I_nc -> F).

Definition deal secret d :=
  let: (half, co, cc) := d in (shares xo half co, shares xc (secret - half) cc).

Definition recover (v : 'M[F]_(no, L) * 'M[F]_(nc, L)) := combine xo v.1 + combine xc v.2.

Theorem recover_correct secret d :
  injective xo -> injective xc -> (ko < no)%N -> (kc < nc)%N ->
  recover (deal secret d) = secret.
Proof.
move=> xo_inj xc_inj enough_o enough_c; case: d => [[half co] cc].
by rewrite /recover !combine_correct // addrC subrK.
Qed.

(* The draws that explain what is seen of both classes. *)
Definition explaining secret v := [set d | deal secret d == v].

(* All community shares (any nc, any xc) and those of fewer than ko + 1 operators.
   Move the operator half along with the secret, and its coins so that no seen
   share moves; the community half stays as it is. *)
Theorem community_and_few_operators :
  injective xo -> (forall i, xo i != 0) -> (no <= ko)%N ->
  forall secret secret' v, #|explaining secret v| = #|explaining secret' v|.
Proof.
move=> xo_inj xo_nonzero few s s' v.
have [c unseen] := shares_onto xo_inj xo_nonzero few (s' - s) 0.
pose move_draw d : draw := let: (half, co, cc) := d in (half + (s' - s), co + c, cc).
have move_inj : injective move_draw.
  by move=> [[half co] cc] [[half' co'] cc'] [/addIr -> /addIr -> ->].
rewrite -(card_preimset (explaining s' v) move_inj); apply: eq_card => -[[half co] cc].
have -> : s' = s + (s' - s) by rewrite addrC subrK.
by rewrite !inE /= sharesD unseen addr0 opprD addrACA subrr addr0.
Qed.

(* The other way round: the operator half stays, the community half moves. *)
Theorem operators_and_few_community :
  injective xc -> (forall i, xc i != 0) -> (nc <= kc)%N ->
  forall secret secret' v, #|explaining secret v| = #|explaining secret' v|.
Proof.
move=> xc_inj xc_nonzero few s s' v.
have [c unseen] := shares_onto xc_inj xc_nonzero few (s' - s) 0.
pose move_draw d : draw := let: (half, co, cc) := d in (half, co, cc + c).
have move_inj : injective move_draw.
  by move=> [[half co] cc] [[half' co'] cc'] [-> -> /addIr ->].
rewrite -(card_preimset (explaining s' v) move_inj); apply: eq_card => -[[half co] cc].
have -> : s' = s + (s' - s) by rewrite addrC subrK.
by rewrite !inE /= addrAC sharesD unseen addr0.
Qed.

End Deal.
End TwoLevel.
