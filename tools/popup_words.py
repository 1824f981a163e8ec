"""Which button of a pop-up refuses, closes or accepts, told by its words in the languages consent banners come in."""

import re
import unicodedata
from typing import Literal

Deed = Literal["refuse", "close", "accept", "read"]
"""What a button does: refuse consent, close, accept consent, or say "OK" to a message that asks nothing."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# The words below are as `fold` leaves them: lower case, without accents.

# A pop-up with one of these is about consent to cookies or the like.
_CONSENT = _any(
    r"cookie|consent|gdpr|rgpd|dsgvo|privacy|personal data",
    r"traceurs|vie privee|donnees personnelles|datenschutz|einwilligung|privacidad|datos personales|dati personali",
    r"persoonsgegevens|privacidade|dados pessoais|ciastecz|prywatnosc|kakor|informasjonskapsler|evasteet",
)

# A button with one of these is never clicked, whatever else it says.
_NEVER = _any(
    r"\b(buy|purchase|order|pay|paying|checkout|subscri\w*|sign ?up|sign ?in|log ?in|register|delete|remove|erase)\b",
    r"\b(confirm|submit|send|install|download|upgrade|donate|account|plan|trial)\b",
    r"\b(acheter|payer|abonn\w*|s'inscrire|supprimer|confirmer|envoyer)\b",
    r"\b(kaufen|bestellen|bezahlen|zahlen|loschen|bestatigen|anmelden|abo)\b",
    r"\b(comprar|pagar|suscri\w*|eliminar|borrar|confirmar|enviar|assinar|excluir|apagar)\b",
    r"\b(acquista|compra|paga|abbona\w*|elimina|conferma|invia)\b",
    r"\b(kopen|koop|betalen|verwijderen|bevestigen|abonneren)\b",
    r"\b(kup|kupuje|zaplac|usun|potwierdz|subskryb\w*|zapisz sie)\b",
)

_REFUSE = _any(
    # English
    r"^(i )?(reject|refuse|decline|deny|disagree|opt out|do(n't| not) (consent|accept|agree|allow))\b",
    r"^continue without (accepting|agreeing|consent)|^no,? (thanks|thank you)$|^disallow all$",
    r"\b(only|just) (use |accept |allow )?(the )?(strictly )?(necessary|essential|required|needed)\b",
    r"\b(necessary|essential|required)( cookies)? only\b",
    r"^(use|accept|allow) (strictly )?(necessary|essential|required)\b",
    # French
    r"^(je )?(tout |tous )?refuse[rz]?\b|^continuer sans (accepter|consentir)|^(rejeter|interdire)\b|^non,? merci$",
    r"\b(uniquement|seulement)\b.*\b(necessaires|essentiels|indispensables)\b",
    r"\b(necessaires|essentiels|indispensables) (uniquement|seulement)\b",
    # German
    r"\b(ablehnen|verweigern)\b|^nein,? danke$|^ich lehne ab|\bohne (zustimmung|einwilligung|akzeptieren)\b",
    r"\bnur\b.*\b(notwendig|erforderlich|essen[tz]iell|technisch)\w*\b",
    # Spanish
    r"^(rechaz|deneg)(ar|o)\b|^no,? gracias$|^(continuar|seguir) sin aceptar",
    r"\b(solo|solamente|unicamente)\b.*\b(necesari[ao]s|esenciales)\b",
    # Portuguese
    r"^(rejeit|recus)(ar|o)\b|^nao,? obrigad[oa]$|^(continuar|prosseguir) sem aceitar",
    r"\b(apenas|somente|so)\b.*\b(necessari[ao]s|essenciais)\b",
    # Italian
    r"^(rifiut|neg)(a|o|are)\b|^(continua|prosegui) senza accettare|^no,? grazie$",
    r"\b(solo|soltanto)\b.*\b(necessari|essenziali|tecnici)\b",
    # Dutch
    r"\b(weigeren|afwijzen)\b|^weiger\b|^nee,? (bedankt|dank je)$",
    r"\balleen\b.*\b(noodzakelijke?|essentiele?|functionele?)\b",
    # Polish
    r"^(odrzuc|odmow|odmawiam|nie zgadzam sie|nie wyrazam zgody|nie akceptuje)\b|^nie,? dziekuje$",
    r"\btylko\b.*\b(niezbedne|konieczne|wymagane)\b",
    # Swedish, Danish, Norwegian, Finnish, Czech
    r"^(avvisa|avvis|afvis|neka|hylkaa|kiella|odmitnout)\b",
    r"\b(endast|kun|bare|vain|pouze)\b.*\b(nodvandiga|nodvendige?|valttamattomat|nezbytne)\b",
)

_CLOSE = _any(
    r"^(close|dismiss|hide)( this| the)?$",
    r"^(close|dismiss|hide) ([\w' -]{0,50} )?(dialog|dialogue|modal|pop-?up|window|banner|overlay|message"
    r"|notification|notice|box|button|icon|panel|menu|tooltip|drawer|lightbox|alert|ad|chat)$",
    r"^(cancel|skip|not now|no,? thanks|no,? thank you|maybe later|later|stay logged out)$",
    r"^(remind|ask) me later$",
    r"^(fermer( (la|cette|le|ce) \w+)?|annuler|plus tard|non,? merci|pas maintenant)$",
    r"^((\w+ )?schliessen|abbrechen|spater|nicht jetzt|nein,? danke)$",
    r"^(cerrar|cancelar|mas tarde|ahora no|no,? gracias|fechar|agora nao|mais tarde|nao,? obrigad[oa])$",
    r"^(chiudi|annulla|piu tardi|non ora|no,? grazie)$",
    r"^(sluiten|sluit|annuleren|later|niet nu|nee,? bedankt)$",
    r"^(zamknij|anuluj|pozniej|nie teraz|nie,? dziekuje)$",
    r"^(stang|luk|lukk|sulje|zavrit)$",
)
_CROSS = re.compile(r"[×✕✖✗✘⨯╳❌🗙⊗x]")

_ACCEPT = _any(
    r"^(i )?(accept|agree|allow|consent|got it|ok|okay|understood|understand)( all| everything)?( the)?( cookies)?"
    r"( and (close|continue|proceed))?$",
    r"^yes,? i (accept|agree)$",
    r"^((tout|tous) )?accepter?( tout| tous| et (fermer|continuer))?( les)?( cookies)?$|^j'accepte$",
    r"^(alle[ns]? )?(cookies )?(akzeptieren|annehmen|zustimmen|erlauben|zulassen)( und (schliessen|weiter))?$",
    r"^(ich stimme zu|einverstanden|verstanden)$",
    r"^aceptar( tod[ao]s?)?( las| los)?( cookies)?( y (cerrar|continuar))?$|^(acepto|entendido)$",
    r"^(accetta|accetto|acconsento|ho capito)( tutt[oi])?( i)?( cookie)?( e (chiudi|continua))?$",
    r"^(alles? |alle cookies )?(accepteren|toestaan|akkoord)$|^accepteer( alles?)?( cookies)?$|^ik ga akkoord$",
    r"^(aceitar|aceito|concordo|entendi)( tud[oa]| tod[ao]s)?( os)?( cookies)?$",
    r"^(akceptuje|zaakceptuj|zgadzam sie|akceptuj|rozumiem)( wszystkie| wszystko)?( cookies| pliki cookie)?$",
    r"^(acceptera|godkann|accepter|godta|hyvaksy)( alla| alle| kaikki)?( kakor| cookies)?$",
)
_READ = _any(
    r"^(ok|okay|got it|(i )?understood|i understand|compris|verstanden|entendido|ho capito|begrepen|rozumiem)$"
)


def fold(text: str) -> str:
    """Return words in the form in which they are compared: lower case, no accents, blanks and quote marks made one."""
    plain = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char)).replace("ł", "l")
    return " ".join(kept.replace("ø", "o").split()).strip(" .!»›→>«")


def asks_consent(text: str) -> bool:
    """Return whether a pop-up with this text is about cookies or personal data."""
    return bool(_CONSENT.search(fold(text)))


def deed_of(name: str, shown: str, hint: bool, consent: bool) -> Deed | None:
    """Return what a button does; None for a button that is not to be clicked.

    Args:
        name: its accessible name; may be empty.
        shown: the text on it; may be empty.
        hint: its class or id says that it closes.
        consent: the pop-up asks for consent.
    """
    both = [fold(text) for text in (name, shown) if text.strip()]
    refuses = consent and any(_REFUSE.search(text) for text in both)
    # Asked first: "Close the sign-up window" closes, whatever the window is for.
    if both and not refuses and all(_CLOSE.search(text) or _CROSS.fullmatch(text) for text in both):
        return "close"
    if any(_NEVER.search(text) for text in both):
        return None
    if refuses:
        return "refuse"
    if any(_CLOSE.search(text) or _CROSS.fullmatch(text) for text in both) or (hint and not shown.strip()):
        return "close"
    if consent and any(_ACCEPT.search(text) for text in both):
        return "accept"
    if not consent and any(_READ.search(text) for text in both):
        return "read"
    return None
