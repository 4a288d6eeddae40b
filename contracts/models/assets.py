"""The catalogue (vendors, products, releases) and the assets installed at sites."""

from datetime import date, timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.addresses import validate_subnet
from contracts.enums import CapacityMetric, ProductKind, ReleaseLevel
from contracts.models.customers import Site
from contracts.models.history import FieldHistory
from contracts.querysets import AssetQuerySet, ProductQuerySet, ReleaseQuerySet

# More is a slip of the keyboard, and one database would store it while the other refused.
MOST_USERS = 1_000_000
MOST_MINUTES = 10_000_000


class Vendor(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    support_contract_number = models.CharField(_("our support contract number"), max_length=80, blank=True)
    support_phone = models.CharField(_("support phone"), max_length=80, blank=True)
    support_url = models.URLField(_("case tool"), blank=True)

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What an asset can be. Rows come from the shipped catalogue or from the VAR."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=160)
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    kind = models.CharField(_("kind"), max_length=30, choices=ProductKind)
    part_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    optional = models.BooleanField(_("optional part"), default=False)
    voicemail_capacity_minutes = models.PositiveIntegerField(
        _("voicemail capacity (minutes)"), null=True, blank=True, validators=[MaxValueValidator(MOST_MINUTES)]
    )
    end_of_sale_on = models.DateField(_("end of sale"), null=True, blank=True)
    end_of_support_on = models.DateField(_("end of support"), null=True, blank=True)
    keep_previous_release = models.BooleanField(
        _("n-1 may stay"),
        default=True,
        help_text=_("Whether an installation one release behind is still acceptable."),
    )
    components = models.JSONField(_("required components"), default=list, blank=True)  # [{"name", "reason"}]
    ports = models.JSONField(_("ports"), default=list, blank=True)  # [{"number", "protocol", "purpose"}]
    notes = models.TextField(_("notes"), max_length=4000, blank=True)
    catalogue_hash = models.CharField(max_length=64, blank=True, editable=False)  # as shipped; tells local edits
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def is_supported(self, on: date) -> bool:
        """Whether the vendor still supports it; the end-of-support day itself is the first without."""
        return self.end_of_support_on is None or on < self.end_of_support_on

    def support_ends_soon(self, on: date) -> bool:
        """Whether it is supported for less than half a year yet: the time to plan what replaces it."""
        ends = self.end_of_support_on
        return ends is not None and on < ends <= on + timedelta(days=182)


class Release(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="releases", verbose_name=_("product"))
    version = models.CharField(_("version"), max_length=60)
    level = models.CharField(_("level"), max_length=4, choices=ReleaseLevel, blank=True)
    released_on = models.DateField(_("released on"), null=True, blank=True)
    fixes = models.TextField(_("what it fixes"), max_length=4000, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["product", "-released_on", "-version"]
        constraints = [models.UniqueConstraint(fields=["product", "version"], name="one_release_per_version")]

    def __str__(self) -> str:
        return f"{self.product} {self.version}"


class Asset(models.Model):
    """A device, server or program at a site. Archived, never deleted."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="assets", verbose_name=_("site"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="assets", verbose_name=_("product"))
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("part of"),
    )
    tag = models.CharField(
        _("tag"),
        max_length=40,
        unique=True,
        help_text=_("On its label, such as AMS-PBX-1."),
        error_messages={"unique": _("Another asset carries this tag.")},
    )
    name = models.CharField(_("name"), max_length=160)
    serial = models.CharField(_("serial number"), max_length=80, blank=True)
    installed_release = models.ForeignKey(
        Release,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assets",
        verbose_name=_("release"),
    )
    deployed_on = models.DateField(_("in use since"), null=True, blank=True)
    users_count = models.PositiveIntegerField(
        _("users"), null=True, blank=True, validators=[MaxValueValidator(MOST_USERS)]
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    subnet = models.CharField(_("subnet"), max_length=43, blank=True, validators=[validate_subnet])
    vendor_contract_number = models.CharField(_("vendor contract number"), max_length=80, blank=True)
    vendor_contract_until_on = models.DateField(_("vendor contract until"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=4000, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AssetQuerySet.as_manager()
    history = FieldHistory()

    class Meta:
        ordering = ["tag"]

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"

    def capacity(self, metric: str, on: date) -> int | None:
        """The asset's own figure on that day; else the product's for voicemail; None when unknown."""
        own = self.capacities.filter(metric=metric, from_on__lte=on).order_by("-from_on").first()
        if own:
            return own.value
        return self.product.voicemail_capacity_minutes if metric == CapacityMetric.VOICEMAIL_MINUTES else None


class AssetCapacity(models.Model):
    """A figure that holds from a day on, until the next one."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="capacities")
    metric = models.CharField(max_length=24, choices=CapacityMetric)
    value = models.PositiveIntegerField(validators=[MaxValueValidator(MOST_MINUTES)])  # minutes or users, by metric
    from_on = models.DateField()

    class Meta:
        ordering = ["asset", "metric", "from_on"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "metric", "from_on"], name="one_capacity_per_day"),
        ]
